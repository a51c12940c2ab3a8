"""Load and check a bank: a folder whose `bank.yaml` names its other files, or that file itself.

The phrase language is expanded once at load: `(pemilik|yang punya)` alternatives, `[di alamat tersebut]` optional,
`{Bapak/Ibu}` a slot (a name or form of address that may be anything or nothing), `<email>` any word of a group. They
nest, except inside `{}` and `<>`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from analyzer.errors import BankError
from analyzer.language.registry import language_codes
from analyzer.models.bank import RENAMED_KEYS, PhraseBank

MAX_EXPANSIONS = 96  # a phrase that makes more is better written as a concept; keeps matching linear in phrases
_TOKEN = re.compile(r"\{[^{}]*\}|<[a-z0-9_]+>|[()\[\]|]|[^\s()\[\]|{}<>]+")
try:
    from yaml import CSafeLoader as SafeLoader  # libyaml: ten times faster, and nesting has a limit
except ImportError:  # a PyYAML that was built without it
    from yaml import SafeLoader  # type: ignore[assignment]

MAIN = "bank.yaml"
_INCLUDE = "include"
_MAX_BYTES = 2 << 20  # a bank is written by hand; far more is a mistake or an attack


class PhraseSyntaxError(ValueError):
    """A phrase that cannot be read."""


def expand(phrase: str) -> tuple[tuple[str, ...], ...]:
    """All word sequences of a phrase, shortest alternatives included; slots are left out.

    >>> expand("(saya|kami) [yang] punya {Bapak/Ibu} <rumah>")[0]
    ('saya', 'punya', '<rumah>')

    Raises PhraseSyntaxError when brackets do not close, nothing is left, or it makes too many.
    """
    tokens = _TOKEN.findall(phrase)
    if "".join("".join(tokens).split()) != "".join(phrase.split()):
        raise PhraseSyntaxError(f"cannot read '{phrase}'")
    sequences, rest = _alternatives(tokens, 0, phrase)
    if rest != len(tokens):
        raise PhraseSyntaxError(f"'{tokens[rest]}' closes nothing in '{phrase}'")
    unique = tuple(dict.fromkeys(sequences))
    if any(not sequence for sequence in unique):
        raise PhraseSyntaxError(f"'{phrase}' can be empty")
    return unique


def _alternatives(tokens: list[str], index: int, phrase: str) -> tuple[list[tuple[str, ...]], int]:
    sequences: list[tuple[str, ...]] = []
    parts: list[list[tuple[str, ...]]] = []
    while index < len(tokens) and tokens[index] not in {")", "]"}:
        piece = tokens[index]
        index += 1
        if piece == "|":
            sequences += _combine(parts, phrase)
            parts = []
        elif piece in {"(", "["}:
            inner, index = _alternatives(tokens, index, phrase)
            closing = ")" if piece == "(" else "]"
            if index >= len(tokens) or tokens[index] != closing:
                raise PhraseSyntaxError(f"'{piece}' is not closed in '{phrase}'")
            index += 1
            parts.append(inner if piece == "(" else [(), *inner])
        elif not piece.startswith("{"):
            parts.append([(piece,)])
    return sequences + _combine(parts, phrase), index


def _combine(parts: list[list[tuple[str, ...]]], phrase: str) -> list[tuple[str, ...]]:
    count = 1
    for part in parts:
        count *= len(part)
    if count > MAX_EXPANSIONS:
        raise PhraseSyntaxError(f"'{phrase}' makes {count} wordings, at most {MAX_EXPANSIONS} are kept")
    return [tuple(word for piece in choice for word in piece) for choice in product(*parts)]


class BankLoader(SafeLoader):
    """YAML in which only true and false are truth values: "yes", "no" and "on" are words people say."""


BankLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
BankLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def load_bank(path: Path) -> PhraseBank:
    """Read, join and validate a bank.

    Raises BankError naming file, line and key for anything wrong in it.
    """
    main = path / MAIN if path.is_dir() else path
    sources = list(_files(main))
    data: dict[str, Any] = {}
    origins: dict[str, _Source] = {}
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


@dataclass(frozen=True)
class _Source:
    """A file's text, its data, and its node tree for line numbers."""

    path: Path
    text: str
    data: dict[str, Any]
    node: yaml.Node

    def below(self, *keys: str | int) -> "_Source":
        """The same file seen from a key."""
        return _Source(self.path, self.text, self.data, _descend(self.node, keys))

    def line(self, *keys: str | int) -> int:
        """Line of the deepest of `keys` that exists (1 is the first)."""
        return int(_descend(self.node, keys).start_mark.line) + 1


def _files(main: Path) -> Iterator[_Source]:
    source = _read(main)
    included = source.data.pop(_INCLUDE, [])
    if not isinstance(included, list) or not all(isinstance(name, str) for name in included):
        raise BankError(main, source.line(_INCLUDE), _INCLUDE, "must be a list of file names")
    yield source
    for name in included:
        file = (main.parent / name).resolve()
        if main.parent.resolve() not in file.parents:
            raise BankError(main, source.line(_INCLUDE), _INCLUDE, f"'{name}' lies outside the bank's folder")
        yield _read(file)


def _read(path: Path) -> _Source:
    """Parse one file. Raises BankError when it is missing, no YAML, no mapping, or names a key twice."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BankError(path, None, "", f"larger than {_MAX_BYTES >> 20} MiB, not a phrase bank")
        text = path.read_text("utf-8")
    except OSError as error:
        raise BankError(path, None, "", f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BankError(path, None, "", "is not UTF-8 text") from error
    try:
        loader = BankLoader(text)
        node = loader.get_single_node()
        _refuse_repeats(node, path)
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BankError(path, line, "", f"is not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BankError(path, None, "", "is not valid YAML") from error
    if not isinstance(data, dict) or node is None:
        raise BankError(path, 1, "", "must hold keys with values")
    return _Source(path, text, {str(key): value for key, value in data.items()}, node)


def _refuse_repeats(node: yaml.Node | None, path: Path) -> None:
    """PyYAML keeps the last of two equal keys silently; a lost wording must be an error."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise BankError(path, key.start_mark.line + 1, str(key.value), "stands here twice")
            seen.add(key.value)
            _refuse_repeats(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeats(item, path)


def _descend(node: yaml.Node, keys: tuple[str | int, ...]) -> yaml.Node:
    """The node under the deepest of `keys` that exists."""
    for key in keys:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((value for name, value in node.value if name.value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            child = node.value[key]
        if child is None:
            break
        node = child
    return node


def _merge(data: dict[str, Any], source: _Source, origins: dict[str, _Source]) -> None:
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


def _renamed(key: str, error: ValidationError) -> str:
    """The new name of a former key, and of all others that this bank still has: one run tells them all."""
    names = {str(item["loc"][-1]) for item in error.errors(include_url=False) if item["type"] == "extra_forbidden"}
    others = sorted(names & set(RENAMED_KEYS) - {key})
    more = "; so are others of this bank: " + ", ".join(f"{name} is {RENAMED_KEYS[name]}" for name in others)
    return f"this key is now called `{RENAMED_KEYS[key]}`{more if others else ''}"


def _record_origins(origins: dict[str, _Source], source: _Source, key: str, value: object, start: int) -> None:
    """Which file, and where in it, each key and entry came from."""
    if isinstance(value, list):
        origins.update({f"{key}.{start + index}": source.below(key, index) for index in range(len(value))})
    elif isinstance(value, dict):
        origins.update({f"{key}.{name}": source.below(key, name) for name in value})
    else:
        origins[key] = source.below(key)


def _located(error: ValidationError, data: dict[str, Any], origins: dict[str, _Source], main: _Source) -> BankError:
    """The first problem, with the file and line of its key."""
    # an unknown key tells more than the missing one it was meant to be
    first = min(error.errors(include_url=False), key=lambda item: item["type"] != "extra_forbidden")
    location = list(first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden" and location[-1] in RENAMED_KEYS:
        message = _renamed(str(location[-1]), error)
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


def _check_phrases(bank: PhraseBank, sources: list[_Source]) -> None:
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


def _find_text(text: str, sources: list[_Source]) -> tuple[Path, int | None]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if text in line:
                return source.path, number
    return sources[0].path, None


def _sha256(sources: list[_Source], folder: Path) -> str:
    """Over all files, in order of their names."""
    digest = hashlib.sha256()
    root = folder.resolve()
    for source in sorted(sources, key=lambda item: item.path.resolve().relative_to(root).as_posix()):
        name = source.path.resolve().relative_to(root).as_posix()
        digest.update(f"{name}\0{len(source.text.encode())}\0".encode())
        digest.update(source.text.encode())
    return digest.hexdigest()
