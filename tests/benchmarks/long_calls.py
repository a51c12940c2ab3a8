"""Sample-like stereo calls of 1 to 4 minutes, with labels: `python tests/benchmarks/long_calls.py FOLDER [--count 21]`.

Each is a sample call's script with small talk of the training grammar after its complaint, until it has the length
wanted; what the labels say stays true. Spoken by espeak-ng (must be installed), written as Opus, so that a folder of
them is small enough to be carried to a machine without espeak-ng.
"""

import argparse
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"
sys.path[:0] = [str(SAMPLES), str(SAMPLES / "training")]

from grammar import Grammar  # type: ignore[import-not-found]  # noqa: E402
from make_calls import make_set  # type: ignore[import-not-found]  # noqa: E402
from synthesis.script import Script, Turn, read_scripts  # type: ignore[import-not-found]  # noqa: E402

_AT = 4  # turns of a script after which small talk goes well: greeting and complaint have been said
_MINUTES = (1, 1, 2, 1, 3, 1, 2, 1, 1, 4)  # most calls are short
_WORDS_A_MINUTE = 105  # of both speakers, pauses included
_AGENT = ("process", "question", "hold", "ack")
_CUSTOMER = ("outage", "meter", "data", "answer", "chat")


def made_scripts(count: int) -> list[Script]:
    """Scripts of 1 to 4 minutes."""
    plain = [
        script for script in read_scripts(SAMPLES / "call_scripts") if script.layout == "stereo" and script.labels
    ]
    return [_longer(plain[number % len(plain)], number) for number in range(count)]


def _longer(script: Script, number: int) -> Script:
    grammar = Grammar(number)
    turns = list(script.turns)
    words = sum(len(turn.text.split()) for turn in turns)
    wanted = _WORDS_A_MINUTE * _MINUTES[number % len(_MINUTES)]
    at = _AT
    while words < wanted:
        for speaker, sections in (("agent", _AGENT), ("customer", _CUSTOMER)):
            text = grammar.line(f"{speaker}.{grammar.rng.choice(sections)}")
            turns.insert(at, Turn(speaker=speaker, text=text))
            words += len(text.split())
            at += 1
    name = f"{number:02d}-{script.call_id}"
    new = {"call_id": name, "file": f"{name}.opus", "format": "opus", "turns": tuple(turns)}
    return script.model_copy(update=new)


def make(folder: Path, count: int, workers: int = 2) -> None:
    """Write the calls, their manifest, labels and reference words."""
    make_set(made_scripts(count), folder, workers)


def main() -> None:
    """Parse and make."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=21)
    args = parser.parse_args()
    make(args.folder, args.count)


if __name__ == "__main__":
    main()
