"""What of a bank adds nothing or is tried by no example: word groups, their entries, phrases and concepts."""

import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from analyzer.analysis.bank_check import Problem, single_utterance
from analyzer.language.normalise import normal_words
from analyzer.matching.explain import wording_names
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Frozen

_GROUP = re.compile(r"<([a-z0-9_]+)>")


class TargetCoverage(Frozen):
    """How much of a target its examples try."""

    target: str
    percent: int = Field(description="of its phrases and concepts, how many an example in `must_match` is heard as")
    untried: tuple[str, ...] = Field(description="those that none is heard as")


def coverage(bank: PhraseBank, matcher: Matcher) -> tuple[TargetCoverage, ...]:
    """Of each target, the phrases and concepts that its examples try."""
    found: list[TargetCoverage] = []
    for target, wording in bank.targets().items():
        tried: set[str] = set()
        for example in wording.must_match:
            for speaker in ("agent", "customer"):
                explanation = matcher.explain(single_utterance(example, speaker), speaker)
                tried.update(explanation.matches.get(target, ()))
        names = wording_names(wording)
        untried = tuple(name for name in names if name not in tried)
        percent = 100 * (len(names) - len(untried)) // len(names)
        found.append(TargetCoverage(target=target, percent=percent, untried=untried))
    return tuple(found)


def group_warnings(bank: PhraseBank) -> Iterator[Problem]:
    """Groups that nothing names, and entries that add nothing."""
    rest = bank.model_dump(exclude={"groups"})
    used = {name for text in _strings(rest) for name in (text, *_GROUP.findall(text))}
    for name, entries in bank.groups.items():
        if name not in used:
            yield Problem(level="warning", target=f"groups.{name}", text="no wording, reply or setting names it")
        if needless := list(_needless(entries, bank.language)):
            text = f"entries that add nothing: {', '.join(needless)}"
            yield Problem(level="warning", target=f"groups.{name}", text=text)


def _strings(value: object) -> Iterator[str]:
    """All strings but ids, which name something else."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            if key != "id":
                yield from _strings(child)
    elif isinstance(value, tuple | list):
        for child in value:
            yield from _strings(child)


def _needless(entries: Iterable[str], code: str) -> Iterator[str]:
    known: dict[tuple[str, ...], str] = {}
    words = {entry: normal_words(entry, code) for entry in entries}
    # of those that are read alike, the one spelled as it is read stays
    for entry in sorted(entries, key=lambda entry: " ".join(words[entry]) != entry):
        normal = words[entry]
        if not normal:
            yield f"“{entry}” (no word)"
        elif normal in known:
            yield f"“{entry}” ({'twice' if known[normal] == entry else f'read as “{known[normal]}”'})"
        known.setdefault(normal, entry)
