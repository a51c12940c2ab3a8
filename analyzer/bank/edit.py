"""Writing new thresholds into a bank's YAML: the numbers change, every comment and every other byte stays.

A YAML writer would lay the file out anew and lose its comments, so the parser only says where each number is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from analyzer.bank.load import MAIN, load_bank
from analyzer.bank.yaml_file import BankLoader
from analyzer.errors import BankError
from analyzer.files import write_atomically
from analyzer.models.bank import PhraseBank

_STEPS, _INCLUDE = "steps", "include"


@dataclass(frozen=True)
class _Edit:
    """Characters [start, end) of a file become `text`."""

    start: int
    end: int
    text: str


def write_accepts(path: Path, bank: PhraseBank, changes: Mapping[str, float]) -> tuple[Path, ...]:
    """Set `accept` of the steps named in `changes`; returns the files written, each whole or not at all.

    `bank` is the bank as loaded from `path`. Raises BankError, before anything is written, when the files are no
    longer those that were loaded, or a step cannot be found in them.
    """
    if load_bank(path).sha256 != bank.sha256:
        raise BankError(path, None, "", "was changed meanwhile; run calibrate again")
    todo = dict(changes)
    finished: dict[Path, str] = {}
    for file in _files(path / MAIN if path.is_dir() else path):
        text = file.read_bytes().decode("utf-8")
        edits = list(_edits(text, todo, file))
        if edits:
            finished[file] = _apply(text, edits)
    if todo:
        raise BankError(path, None, ", ".join(sorted(todo)), "step not found in the bank's files")
    for file, text in finished.items():
        write_atomically(file, text.encode("utf-8"))
    return tuple(finished)


def _files(main: Path) -> Iterator[Path]:
    yield main
    included = yaml.load(main.read_bytes(), Loader=BankLoader).get(_INCLUDE, ())  # noqa: S506 - a SafeLoader
    for name in included:
        yield main.parent / name


def _edits(text: str, todo: dict[str, float], file: Path) -> Iterator[_Edit]:
    """Edits for the steps of `todo` that this file holds; they are taken out of it."""
    steps = _value(yaml.compose(text, Loader=BankLoader), _STEPS)
    for step in steps.value if isinstance(steps, yaml.SequenceNode) else ():
        name = _value(step, "id")
        if not isinstance(name, yaml.ScalarNode) or name.value not in todo:
            continue
        number = f"{todo.pop(name.value):g}"
        wording = _value(step, "wording")
        known = _value(wording, "accept")
        if known is not None:
            yield _Edit(known.start_mark.index, known.end_mark.index, number)
        elif isinstance(wording, yaml.MappingNode) and not wording.flow_style:
            # the default applied so far: the number gets its own line before the first key, indented like that key
            mark = wording.start_mark
            yield _Edit(mark.index, mark.index, f"accept: {number}\n{' ' * mark.column}")
        else:
            line = step.start_mark.line + 1
            raise BankError(file, line, f"{name.value}.wording", f"has no `accept`; write `accept: {number}` by hand")


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _apply(text: str, edits: list[_Edit]) -> str:
    for edit in sorted(edits, key=lambda item: -item.start):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
