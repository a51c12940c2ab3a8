"""Load and check a bank: a folder whose `bank.yaml` names its other files, or that file itself."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analyzer.bank.allowed_names import allowed_keys, allowed_values, did_you_mean
from analyzer.bank.phrase_language import PhraseSyntaxError, expand
from analyzer.bank.yaml_file import Source, read_source
from analyzer.errors import BankError
from analyzer.language.registry import language_codes
from analyzer.models.bank import RENAMED_KEYS, PhraseBank

MAIN = "bank.yaml"
_INCLUDE = "include"


def load_bank(path: Path) -> PhraseBank:
    """Read, join and validate a bank.

    Raises BankError naming file, line and key for anything wrong in it.
    """
    main = path / MAIN if path.is_dir() else path
    sources = list(_files(main))
    data: dict[str, Any] = {}
    origins: dict[str, Source] = {}
    for source in sources:
        _merge(data, source, origins)
    data["sha256"] = _sha256(sources, main.parent)
    try:
        bank = PhraseBank.model_validate(data)
    except ValidationError as error:
        raise _located(error, data, origins, sources[0]) from error
    if bank.language not in language_codes():
        source = origins["language"]
        problem = f"no language data for '{bank.language}'; known: {', '.join(language_codes())}"
        raise BankError(source.path, source.line("language"), "language", problem)
    _check_phrases(bank, sources)
    return bank


def _files(main: Path) -> Iterator[Source]:
    source = read_source(main)
    included = source.data.pop(_INCLUDE, [])
    if not isinstance(included, list) or not all(isinstance(name, str) for name in included):
        raise BankError(main, source.line(_INCLUDE), _INCLUDE, "must be a list of file names")
    yield source
    read = {main.resolve()}
    for index, name in enumerate(included):
        line = source.line(_INCLUDE, index)
        if "\0" in name:
            raise BankError(main, line, _INCLUDE, f"{name!r} is no file name")
        file = (main.parent / name).resolve()
        if main.parent.resolve() not in file.parents:
            raise BankError(main, line, _INCLUDE, f"'{name}' lies outside the bank's folder")
        if file in read:
            raise BankError(main, line, _INCLUDE, f"'{name}' is named twice, or is {main.name} itself")
        read.add(file)
        included_source = read_source(file)
        if _INCLUDE in included_source.data:
            line = included_source.line(_INCLUDE)
            raise BankError(file, line, _INCLUDE, f"only {main.name} names other files; add them there")
        yield included_source


def _merge(data: dict[str, Any], source: Source, origins: dict[str, Source]) -> None:
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
        _record_origins(origins, source, key, value, start)


def _unknown_key(location: list[str | int], error: ValidationError) -> str:
    """The key that was meant. All former keys of a bank are told in one run."""
    key = str(location[-1])
    if key not in RENAMED_KEYS:
        return f"unknown key{did_you_mean(key, allowed_keys(location[:-1]))}"
    names = {str(item["loc"][-1]) for item in error.errors(include_url=False) if item["type"] == "extra_forbidden"}
    others = sorted(names & set(RENAMED_KEYS) - {key})
    more = "; so are others of this bank: " + ", ".join(f"{name} is {RENAMED_KEYS[name]}" for name in others)
    return f"this key is now called `{RENAMED_KEYS[key]}`{more if others else ''}"


def _record_origins(origins: dict[str, Source], source: Source, key: str, value: object, start: int) -> None:
    """Which file, and where in it, each key and entry came from."""
    if isinstance(value, list):
        origins.update({f"{key}.{start + index}": source.below(key, index) for index in range(len(value))})
    elif isinstance(value, dict):
        origins.update({f"{key}.{name}": source.below(key, name) for name in value})
    origins.setdefault(key, source.below(key))


def _located(error: ValidationError, data: dict[str, Any], origins: dict[str, Source], main: Source) -> BankError:
    """The first problem, with the file and line of its key."""
    # an unknown key tells more than the missing one it was meant to be
    first = min(error.errors(include_url=False), key=lambda item: item["type"] != "extra_forbidden")
    location = list(first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = _unknown_key(location, error)
    elif first["type"] == "literal_error":
        message += did_you_mean(str(first["input"]), allowed_values(location))
    shown = ".".join(str(part) for part in location)
    item = data.get(str(location[0])) if location else None
    if isinstance(item, list) and len(location) > 1 and isinstance(location[1], int):
        entry = item[location[1]]
        name = entry.get("id") if isinstance(entry, dict) else None
        shown = ".".join(str(part) for part in (location[0], name or location[1], *location[2:]))
    for depth in (2, 1):
        source = origins.get(".".join(str(part) for part in location[:depth]))
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
                    problem = f"no word group '{word[1:-1]}'{did_you_mean(word[1:-1], bank.groups)}"
                    raise BankError(source, line, f"{target}.phrases", problem)


def _find_text(text: str, sources: list[Source]) -> tuple[Path, int | None]:
    for source in sources:
        line = source.line_of(text)
        if line:
            return source.path, line
    return sources[0].path, None


def _sha256(sources: list[Source], folder: Path) -> str:
    """Over all files, in order of their names."""
    digest = hashlib.sha256()
    root = folder.resolve()
    for source in sorted(sources, key=lambda item: item.path.resolve().relative_to(root).as_posix()):
        name = source.path.resolve().relative_to(root).as_posix()
        digest.update(f"{name}\0{len(source.text.encode())}\0".encode())
        digest.update(source.text.encode())
    return digest.hexdigest()
