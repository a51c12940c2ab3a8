"""Calls of any length for benchmarks: made from a bank's own examples and idle talk, or joined from a folder's."""

import random
import re
from collections.abc import Iterable
from pathlib import Path

from analyzer.asr.transcript_files import load_transcript
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Channel
from analyzer.models.transcript import Segment, Transcript, Word

FIVE_MINUTES = 750  # words of two people talking at 150 words a minute
_MISHEARD = 0.05  # share of words: then about 40 of 750 were in no earlier call, as where a fifth is misheard for real
_SYLLABLES = [consonant + vowel for consonant in "bdgklmnprst" for vowel in "aiu"]
_WORD = re.compile(r"(?<![<{\w])[a-z]+(?![\w>}])")

Said = tuple[Channel, str]


def made_call(bank: PhraseBank, words: int, seed: int) -> Transcript:
    """About `words` words, one of ten misheard; each five minutes hold one example of every target."""
    chance = random.Random(seed)  # noqa: S311
    idle = [*bank.groups[bank.match.light], *bank.groups[bank.match.fillers]]
    idle += ["".join(random.Random(number).choices(_SYLLABLES, k=3)) for number in range(60)]  # noqa: S311
    said: list[Said] = []
    for _ in range(max(1, round(words / FIVE_MINUTES))):
        part = _examples(bank, chance)
        count = sum(len(text.split()) for _, text in part)
        while count < min(words, FIVE_MINUTES):
            turn = chance.choices(idle, k=chance.randint(5, 20))
            part.append((chance.choice(("agent", "customer")), " ".join(turn)))
            count += len(turn)
        chance.shuffle(part)
        said += [(speaker, " ".join(_misheard(word, chance) for word in text.split())) for speaker, text in part]
    return _transcript(said, chance)


def joined_call(folder: Path, words: int, first: int) -> Transcript:
    """Transcripts of a folder one after another in time, from the file numbered `first`, until `words` are reached."""
    paths = sorted(folder.glob("*.json"))
    segments: list[Segment] = []
    said, began = 0, 0.0
    while said < words:
        call = load_transcript(paths[first % len(paths)])
        for segment in call.segments:
            if said < words:
                segments.append(_moved(segment, began))
                said += len(segment.words or ())
        first += 1
        began += call.duration + 1
    return Transcript(call_id="joined", duration=began, segments=tuple(segments))


def with_more_phrases(bank: PhraseBank, times: int) -> PhraseBank:
    """A bank with `times` as many phrases: each again with other light words, so that all of them come near."""
    chance = random.Random(times)  # noqa: S311
    light = [word for word in bank.groups[bank.match.light] if " " not in word]

    def other(found: re.Match[str]) -> str:
        return chance.choice(light) if found.group() in light or chance.random() < 0.2 else found.group()

    steps = []
    for step in bank.steps:
        phrases = [*step.wording.phrases]
        for phrase in step.wording.phrases:
            phrases += [f"{_WORD.sub(other, phrase)} {chance.choice(light)}" for _ in range(times - 1)]
        wording = step.wording.model_copy(update={"phrases": tuple(phrases)})
        steps.append(step.model_copy(update={"wording": wording}))
    return PhraseBank.model_validate({**dict(bank), "steps": tuple(steps)})


def _examples(bank: PhraseBank, chance: random.Random) -> list[Said]:
    spoken: list[tuple[Channel, tuple[str, ...]]] = []
    spoken += [("agent", step.wording.must_match) for step in bank.steps]
    spoken += [("agent", anchor.wording.must_match) for anchor in bank.anchors]
    spoken += [("customer", value.wording.must_match) for value in bank.reply_values()]
    return [(speaker, chance.choice(texts)) for speaker, texts in spoken if texts]


def _misheard(word: str, chance: random.Random) -> str:
    """One letter lost, doubled or another, in one of ten words."""
    if chance.random() >= _MISHEARD:
        return word
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(("", word[at] * 2, chance.choice("aeiouptksn"))) + word[at + 1 :] or word


def _transcript(said: Iterable[Said], chance: random.Random) -> Transcript:
    segments: list[Segment] = []
    at = 0.5
    for speaker, text in said:
        words: list[Word] = []
        for word in text.split():
            end = at + 0.1 + 0.04 * len(word)
            words.append(Word(start=round(at, 2), end=round(end, 2), text=word, probability=0.9))
            at = end + 0.05
        segments.append(Segment(start=words[0].start, end=at, speaker=speaker, text=text, words=tuple(words)))
        at += chance.choice((0.3, 0.7, 1.2))
    return Transcript(call_id="made", duration=at, segments=tuple(segments))


def _moved(segment: Segment, seconds: float) -> Segment:
    words = tuple(
        word.model_copy(update={"start": word.start + seconds, "end": word.end + seconds})
        for word in segment.words or ()
    )
    times = {"start": segment.start + seconds, "end": segment.end + seconds}
    return segment.model_copy(update={"words": words, **times})
