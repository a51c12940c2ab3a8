"""An explained utterance on the terminal: each heard word under the bank's word it was taken for."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analyzer.matching.explain import VERDICT_ORDER, AlignedWord, ChangedWord, Explanation, TargetExplanation

_STYLES = {"yes": "green", "doubtful": "yellow", "no": "red"}
_LABELS = ("wanted", "heard", "")
_NOTHING = "·"
_GAP = 2  # blanks between columns
_INDENT = (0, 0, 0, 2)
_PERFECT = 100
_MAX_SHOWN = 8


def explanation_table(explained: Sequence[Explanation], width: int) -> RenderableType:
    """The same words as said by one speaker or each, in lines of at most `width` characters where words allow."""
    parts: list[RenderableType] = [Text(f"read as: {explained[0].read_as}")]
    if changed := ", ".join(map(_changed, explained[0].changed)):
        parts.append(Text(f"changed: {changed}"))
    shown = [item for one in explained for item in one.tried]
    worth = _worth_showing(shown)
    for item in worth:
        parts += [Text(""), *_tried(item, width)]
    if not shown:
        parts.append(Text("Nothing in the bank resembles it."))
    elif len(worth) < len(shown):
        parts.append(Text(f"\nLess near: {len(shown) - len(worth)}; --json shows all.", style="dim"))
    return Group(*parts)


def _changed(word: ChangedWord) -> str:
    return f"{word.heard} → {word.read_as}{' (sounds like it)' if word.by == 'sound' else ''}"


def _worth_showing(tried: Sequence[TargetExplanation]) -> list[TargetExplanation]:
    """Of each target what decides: the nearest, and where that is no yes the nearest phrase or concept beside it.

    Where something counts, of the same speaker's targets that do not count only those that a word blocks.
    """
    by_target: dict[str, list[TargetExplanation]] = {}
    for item in sorted(tried, key=lambda item: (VERDICT_ORDER[item.verdict], -item.similarity)):
        by_target.setdefault(item.target, []).append(item)
    counts = {item.speaker for item in tried if item.verdict == "yes"}
    shown: list[TargetExplanation] = []
    for best, *others in by_target.values():
        if best.verdict == "yes":
            shown.append(best)
        elif (
            best.verdict == "doubtful"
            or best.speaker not in counts
            or (best.blocked_by and best.similarity >= best.doubt)
        ):
            shown += [best, *[item for item in others if item.kind != best.kind][:1]]
    return shown[:_MAX_SHOWN]


def _tried(tried: TargetExplanation, width: int) -> Iterator[RenderableType]:
    yield Text.assemble(
        (tried.target, "bold"),
        "" if tried.speaker == "agent" else f" ({tried.speaker})",
        "  ",
        (tried.verdict, _STYLES[tried.verdict]),
        f"  {tried.similarity:g} (yes from {tried.accept:g}, doubtful from {tried.doubt:g})",
    )
    yield Padding(Text(f"{tried.kind} “{tried.compared_with}”"), _INDENT, expand=False)
    columns = [_column(word) for word in tried.words]
    for part in _lines(columns, width - 2):
        yield Padding(_aligned(part), _INDENT, expand=False)
    for reason in tried.why:
        yield Padding(Text(f"why: {reason}"), _INDENT, expand=False)


def _column(word: AlignedWord) -> tuple[str, str, str]:
    """What was wanted, what was heard, and how they differ."""
    if word.heard is None:
        return word.wanted or "", _NOTHING, "missing"
    if word.wanted is None:
        return _NOTHING, word.heard, "extra"
    return word.wanted, word.heard, "" if word.similarity == _PERFECT else f"{word.similarity:g}"


def _lines(columns: Sequence[tuple[str, str, str]], width: int) -> Iterator[list[tuple[str, str, str]]]:
    """Columns in groups that fit beside each other."""
    left = width - max(map(len, _LABELS)) - _GAP
    line: list[tuple[str, str, str]] = []
    used = 0
    for column in columns:
        needs = max(map(len, column)) + _GAP
        if line and used + needs > left:
            yield line
            line, used = [], 0
        line.append(column)
        used += needs
    if line:
        yield line


def _aligned(columns: Sequence[tuple[str, str, str]]) -> Table:
    table = Table.grid(padding=(0, _GAP, 0, 0))
    for _ in range(len(columns) + 1):
        table.add_column(no_wrap=True)
    for label, cells in zip(_LABELS, zip(*columns, strict=True), strict=True):
        style = "" if label else "dim"
        if label or any(cells):
            table.add_row(Text(label, style="dim"), *(Text(cell, style=style) for cell in cells))
    return table
