"""An explained utterance on the terminal: each heard word under the bank's word it was taken for."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analyzer.matching.explain import AlignedWord, Explanation, TargetExplanation

_STYLES = {"yes": "green", "doubtful": "yellow", "no": "red"}
_LABELS = ("wanted", "heard", "")
_NOTHING = "·"
_GAP = 2  # blanks between columns
_INDENT = (0, 0, 0, 2)
_PERFECT = 100


def explanation_table(explanation: Explanation, width: int) -> RenderableType:
    """Everything tried, in lines of at most `width` characters where words allow. Nothing is taken for markup."""
    parts: list[RenderableType] = [Text(f"read as: {explanation.read_as}")]
    for tried in explanation.tried:
        parts += [Text(""), *_tried(tried, width)]
    if not explanation.tried:
        parts.append(Text("Nothing in the bank resembles it."))
    return Group(*parts)


def _tried(tried: TargetExplanation, width: int) -> Iterator[RenderableType]:
    yield Text.assemble(
        (tried.target, "bold"),
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
