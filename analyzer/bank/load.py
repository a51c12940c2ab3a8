"""Load and check a bank: a folder whose `bank.yaml` names its other files, or that file itself."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analyzer.bank.expand import PhraseSyntaxError, expand
from analyzer.bank.yaml_source import Source, read_source
from analyzer.errors import BankError
from analyzer.models.bank import PhraseBank

MAIN = "bank.yaml"
_INCLUDE = "include"


def load_bank(path: Path) -> PhraseBank:
    """Read, join and validate a bank.

    Raises BankError naming file, line and key for anything wrong in it.
    """
    main = path / MAIN if path.is_dir() else path
    sources = list(_files(main))
    data: dict[str, Any] = {}
    places: dict[str, Source] = {}
    for source in sources:
        _merge(data, source, places)
    data["sha256"] = _sha256(sources, main.parent)
    try:
        bank = PhraseBank.model_validate(data)
    except ValidationError as error:
        raise _located(error, data, places, sources[0]) from error
    _check_phrases(bank, sources)
    return bank


def _files(main: Path) -> Iterator[Source]:
    source = read_source(main)
    included = source.data.pop(_INCLUDE, [])
    if not isinstance(included, list) or not all(isinstance(name, str) for name in included):
        raise BankError(main, source.line(_INCLUDE), _INCLUDE, "must be a list of file names")
    yield source
    for name in included:
        file = (main.parent / name).resolve()
        if main.parent.resolve() not in file.parents:
            raise BankError(main, source.line(_INCLUDE), _INCLUDE, f"'{name}' lies outside the bank's folder")
        yield read_source(file)


def _merge(data: dict[str, Any], source: Source, places: dict[str, Source]) -> None:
    """Add one file's keys: lists are continued, mappings are joined, anything else may stand only once."""
    for key, value in source.data.items():
        start = 0
        known = data.get(key)
        if key not in data:
            data[key] = list(value) if isinstance(value, list) else value
        elif isinstance(known, list) and isinstance(value, list):
            start = len(known)
            data[key] = known + value
        elif isinstance(known, dict) and isinstance(value, dict):
            twice = sorted(set(known) & set(value))
            if twice:
                raise BankError(source.path, source.line(key, twice[0]), f"{key}.{twice[0]}", "given in two files")
            data[key] = {**known, **value}
        else:
            raise BankError(source.path, source.line(key), key, "given in two files")
        _remember(places, source, key, value, start)


def _remember(places: dict[str, Source], source: Source, key: str, value: object, start: int) -> None:
    """Which file, and where in it, each key and entry came from."""
    if isinstance(value, list):
        places.update({f"{key}.{start + index}": source.at(key, index) for index in range(len(value))})
    elif isinstance(value, dict):
        places.update({f"{key}.{name}": source.at(key, name) for name in value})
    else:
        places[key] = source.at(key)


def _located(error: ValidationError, data: dict[str, Any], places: dict[str, Source], main: Source) -> BankError:
    """The first problem, with the file and line of its key."""
    # an unknown key tells more than the missing one it was meant to be
    first = min(error.errors(include_url=False), key=lambda item: item["type"] != "extra_forbidden")
    location = list(first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    shown = ".".join(str(part) for part in location)
    item = data.get(str(location[0])) if location else None
    if isinstance(item, list) and len(location) > 1 and isinstance(location[1], int):
        entry = item[location[1]]
        name = entry.get("id") if isinstance(entry, dict) else None
        shown = ".".join(str(part) for part in (location[0], name or location[1], *location[2:]))
    for depth in (2, 1):
        source = places.get(".".join(str(part) for part in location[:depth]))
        if source:
            return BankError(source.path, source.line(*location[depth:]), shown, message)
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return BankError(main.path, None, shown or "bank", message + more)


def _check_phrases(bank: PhraseBank, sources: list[Source]) -> None:
    for target, wording in bank.targets().items():
        for phrase in wording.phrases:
            try:
                sequences = expand(phrase)
            except PhraseSyntaxError as error:
                source, line = _find_text(phrase, sources)
                raise BankError(source, line, f"{target}.phrases", str(error)) from error
            for word in (word for sequence in sequences for word in sequence):
                if word.startswith("<") and word[1:-1] not in bank.groups:
                    source, line = _find_text(phrase, sources)
                    raise BankError(source, line, f"{target}.phrases", f"no word group '{word[1:-1]}'")


def _find_text(text: str, sources: list[Source]) -> tuple[Path, int | None]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if text in line:
                return source.path, number
    return sources[0].path, None


def _sha256(sources: list[Source], folder: Path) -> str:
    digest = hashlib.sha256()
    root = folder.resolve()
    for source in sorted(sources, key=lambda item: item.path.resolve().relative_to(root).as_posix()):
        name = source.path.resolve().relative_to(root).as_posix()
        digest.update(f"{name}\0{len(source.text.encode())}\0".encode())
        digest.update(source.text.encode())
    return digest.hexdigest()
