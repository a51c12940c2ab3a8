"""How long matching takes, against the plain loop over the same phrases in the same run.

    python tests/benchmarks/speed.py [--bank BANK] [--calls FOLDER] [--rounds N]

Prints, for one five-minute call of 750 words by two speakers, milliseconds on one core with a matcher that knows no
word yet, with one that has scored other calls, and with one that has scored this very call; the ratio of each to two
plain loops of rapidfuzz's `partial_ratio_alignment` with a speaker's text: over all that the bank looks for (expanded
phrases, and the entries of the groups that its concepts are made of), and over the expanded phrases alone, which are
a small part of it; growth by words and by phrases; and the time of a transcript from file to report. Calls are
made from the bank's own examples and idle talk, every target said once in five minutes; with --calls they are joined
from a folder of transcripts. The methods take turns in each round; medians are shown.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from rapidfuzz import fuzz

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from analyzer.asr.transcript_files import load_transcript
from analyzer.bank.load import load_bank
from analyzer.bank.phrase_language import expand
from analyzer.bank.shipped import shipped_bank
from analyzer.language import normalise
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.recording import Recording
from analyzer.models.transcript import Transcript
from analyzer.pipeline.score import Scorer
from analyzer.scoring.judge import judge
from analyzer.scoring.score import score
from tests.benchmarks.made_calls import FIVE_MINUTES, joined_call, made_call, with_more_phrases

LENGTHS = (1, 2, 4, 8)
MORE_PHRASES = (1, 2, 4)
OTHERS = 20  # calls that a matcher has scored before; a batch has thousands
Method = Callable[[], object]
Call = Callable[[int, int], Transcript]
"""makes a call of so many words, by its number"""


def plain_phrases(bank: PhraseBank) -> list[str]:
    """Every wording of every target, a group by its name."""
    return [
        " ".join(sequence).replace("<", "").replace(">", "")
        for wording in bank.targets().values()
        for phrase in wording.phrases
        for sequence in expand(phrase)
    ]


def plain_entries(bank: PhraseBank) -> list[str]:
    """Every word and expression that the concepts are made of, each once."""
    return list(bank.entries())


def plain_loop(phrases: Sequence[str], transcript: Transcript) -> Method:
    """What a first script would do: each phrase against the agent's text."""
    text = " ".join(segment.text for segment in transcript.segments if segment.speaker == "agent").lower()
    return lambda: [fuzz.partial_ratio_alignment(phrase, text) for phrase in phrases]


def timed(method: Method) -> float:
    """Milliseconds of one run, by the processor's clock: what else the machine does hardly shows."""
    began = time.process_time()
    method()
    return (time.process_time() - began) * 1000


def in_turns(methods: Mapping[str, Method], rounds: int) -> dict[str, float]:
    """Median milliseconds of each method; each runs once a round, after one round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in methods}
    for number in range(rounds + 1):
        for name, method in methods.items():
            value = timed(method)
            if number:
                taken[name].append(value)
    return {name: median(values) for name, values in taken.items()}


def clear_caches() -> None:
    """Empty the caches of normalisation."""
    for function in (normalise.split_text, normalise.spell, normalise.joined, normalise.fold):
        function.cache_clear()


def against_plain(bank: PhraseBank, call: Call, rounds: int) -> None:
    """A new call in each round, by how much the matcher has scored before."""
    phrases = plain_phrases(bank)
    everything = [*phrases, *plain_entries(bank)]
    experienced = Matcher(bank)
    for number in range(OTHERS):
        experienced.find(call(FIVE_MINUTES, number))
    taken: dict[str, list[float]] = {}
    for number in range(rounds):
        transcript = call(FIVE_MINUTES, OTHERS + number)
        methods = {
            "plain loop": plain_loop(everything, transcript),
            "plain loop, phrases alone": plain_loop(phrases, transcript),
            "matching, after other calls": _finding(experienced, transcript),
            "matching, the same call again": _finding(experienced, transcript),
            "matching, no word known": _finding(Matcher(bank), transcript),
        }
        for name, method in methods.items():
            if name == "matching, no word known":
                clear_caches()
            taken.setdefault(name, []).append(timed(method))
    plain, alone = median(taken["plain loop"]), median(taken["plain loop, phrases alone"])
    print(f"{len(phrases)} expanded phrases, {len(everything) - len(phrases)} entries, {FIVE_MINUTES} words")
    print(f"median of {rounds} calls: ms, times the plain loop, times that over the phrases alone")
    for name, values in taken.items():
        print(f"  {name:32} {median(values):7.2f}  {median(values) / plain:5.2f}  {median(values) / alone:5.2f}")


def by_words(bank: PhraseBank, call: Call, rounds: int) -> None:
    """Longer calls with an experienced matcher."""
    matcher = Matcher(bank)
    calls = {length * FIVE_MINUTES: call(length * FIVE_MINUTES, 1) for length in LENGTHS}
    methods = {str(words): _finding(matcher, transcript) for words, transcript in calls.items()}
    taken = in_turns(methods, rounds)
    print("growth by words: words, ms, microseconds a word:")
    for (name, value), transcript in zip(taken.items(), calls.values(), strict=True):
        words = sum(len(segment.words or ()) for segment in transcript.segments)
        print(f"  {name:>6} {value:8.2f} {value / words * 1000:7.2f}")


def by_phrases(bank: PhraseBank, call: Call, rounds: int) -> None:
    """The same call against banks with more phrases, each with its own plain loop."""
    transcript = call(FIVE_MINUTES, 1)
    banks = {times: with_more_phrases(bank, times) for times in MORE_PHRASES}
    phrases = {times: plain_phrases(other) for times, other in banks.items()}
    methods: dict[str, Method] = {}
    for times, other in banks.items():
        methods[f"ours {times}"] = _finding(Matcher(other), transcript)
        methods[f"plain {times}"] = plain_loop(phrases[times], transcript)
    taken = in_turns(methods, rounds)
    print("growth by phrases: phrases, ms, microseconds a phrase, plain loop ms:")
    for times in MORE_PHRASES:
        count, ours = len(phrases[times]), taken[f"ours {times}"]
        print(f"  {count:6} {ours:8.2f} {ours / count * 1000:7.2f} {taken[f'plain {times}']:8.2f}")


def end_to_end(bank: PhraseBank, call: Call, rounds: int) -> None:
    """A new transcript in each round, from file to report."""
    scorer, matcher = Scorer(bank), Matcher(bank)
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(OTHERS + rounds):
            path = Path(folder) / f"{number}.json"
            path.write_text(call(FIVE_MINUTES, number).model_dump_json(), "utf-8")
            times = _stages(path, scorer, matcher, bank)
            if number >= OTHERS:
                for name, value in times.items():
                    taken.setdefault(name, []).append(value)
    print("from file to report, ms: " + ", ".join(f"{name} {median(values):.2f}" for name, values in taken.items()))


def _stages(path: Path, scorer: Scorer, matcher: Matcher, bank: PhraseBank) -> dict[str, float]:
    whole = timed(lambda: scorer.score_transcript(Recording(call_id=path.stem, path=path, name=path.name)))
    marks = [time.process_time()]
    transcript = load_transcript(path)
    marks.append(time.process_time())
    evidence = matcher.find(transcript)
    marks.append(time.process_time())
    judgement = judge(transcript, evidence, bank)
    marks.append(time.process_time())
    score(judgement, bank)
    marks.append(time.process_time())
    names = ("load", "match", "judge", "score")
    parts = {name: (end - begin) * 1000 for name, begin, end in zip(names, marks, marks[1:], strict=False)}
    return {**parts, "all in one go": whole}


def _finding(matcher: Matcher, transcript: Transcript) -> Method:
    return lambda: matcher.find(transcript)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", type=Path, default=shipped_bank(), help="phrase bank [the shipped one]")
    parser.add_argument("--calls", type=Path, help="folder of transcripts to join, instead of made calls")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    bank = load_bank(given.bank)

    def call(words: int, number: int) -> Transcript:
        return joined_call(given.calls, words, 6 * number) if given.calls else made_call(bank, words, number)

    for show in (against_plain, by_words, by_phrases, end_to_end):
        show(bank, call, given.rounds)


if __name__ == "__main__":
    main()
