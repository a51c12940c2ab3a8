"""Reads one YAML file of a bank with the line of every key. A bank comes from anywhere: odd ones end as a BankError."""

import math
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analyzer.errors import BankError

try:
    from yaml import CSafeLoader as SafeLoader  # libyaml: ten times faster, and nesting has a limit
except ImportError:  # a PyYAML that was built without it
    from yaml import SafeLoader  # type: ignore[assignment]

_MAX_BYTES = 2 << 20  # a bank is written by hand; far more is a mistake or an attack
_MAX_VALUES = 100_000  # with what aliases repeat; the PLN 123 bank has 8,000
_MAX_DEPTH = 50
_MAX_NUMBER = 1e9
_SHOWN = 30  # characters of a number
_TAG = "tag:yaml.org,2002:"
_TAGS = {f"{_TAG}{name}" for name in ("str", "bool", "null", "seq", "map", "merge", "int", "float")}
_NOT_WORDS = {f"{_TAG}bool", f"{_TAG}timestamp"}


class BankLoader(SafeLoader):
    """YAML in which only true and false are truth values ("yes", "no" and "on" are words people say), and no dates."""


BankLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_WORDS]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
BankLoader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _number(loader: BankLoader, node: yaml.ScalarNode) -> float:
    """A number, neither infinite nor huge."""
    try:
        make = loader.construct_yaml_int if node.tag.endswith("int") else loader.construct_yaml_float
        value = make(node)
    except ValueError:  # no number after a tag that says so; or thousands of digits
        value = math.inf
    if not abs(value) <= _MAX_NUMBER:
        problem = f"{node.value[:_SHOWN]} is no number that a phrase bank can use"
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
    return value


BankLoader.add_constructor(f"{_TAG}int", _number)
BankLoader.add_constructor(f"{_TAG}float", _number)


@dataclass(frozen=True)
class Source:
    """A file's text, its data, and its node tree for line numbers."""

    path: Path
    text: str
    data: dict[str, Any]
    node: yaml.Node
    place: yaml.Node
    """the key of `node`; without one `node` itself"""

    def below(self, *keys: str | int) -> "Source":
        """The same file seen from a key."""
        return Source(self.path, self.text, self.data, *_descend(self.place, self.node, keys))

    def line(self, *keys: str | int) -> int:
        """Line of the deepest of `keys` that exists (1 is the first)."""
        return int(self.below(*keys).place.start_mark.line) + 1

    def line_of(self, text: str) -> int | None:
        """Line of the first value that is this text; None when no value is."""
        todo = [self.node]
        while todo:
            node = todo.pop()
            if isinstance(node, yaml.ScalarNode) and node.value == text:
                return int(node.start_mark.line) + 1
            todo += reversed(list(_children(node)))
        return None


def read_source(path: Path) -> Source:
    """Parse one file. Raises BankError when it is missing, no YAML, no mapping, too large, or names a key twice."""
    text = _text(path)
    try:
        loader = BankLoader(text)
        node = loader.get_single_node()
        if node:
            _refuse_odd(node, path)
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        odd_value = isinstance(error, yaml.constructor.ConstructorError)
        problem = error.problem if odd_value else f"is not valid YAML: {error.problem}"
        raise BankError(path, line, "", str(problem)) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BankError(path, None, "", "is not valid YAML") from error
    if not isinstance(data, dict) or node is None:
        raise BankError(path, 1, "", "must hold keys with values")
    return Source(path, text, data, node, node)


def _text(path: Path) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device would be read for ever
            raise BankError(path, None, "", "is not a file")
        if found.st_size > _MAX_BYTES:
            raise BankError(path, None, "", f"larger than {_MAX_BYTES >> 20} MiB, not a phrase bank")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BankError(path, None, "", f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BankError(path, None, "", "is not UTF-8 text") from error


def _refuse_odd(root: yaml.Node, path: Path) -> None:
    """Refuse what no bank needs: it would crash, never end, or silently lose a value."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node, depth: int) -> int:
        """Values at and below a node, those behind aliases each time; a node is looked at once."""
        if isinstance(node, yaml.ScalarNode) and node.tag in _TAGS:
            return 1  # most are
        if id(node) in open_nodes:
            raise BankError(path, node.start_mark.line + 1, "", "contains itself by an alias")
        if depth > _MAX_DEPTH:
            problem = f"values inside values, more than {_MAX_DEPTH} deep"
            raise BankError(path, node.start_mark.line + 1, "", problem)
        if id(node) not in sizes:
            _refuse_odd_value(node, path)
            open_nodes.add(id(node))
            sizes[id(node)] = 1 + sum(size(child, depth + 1) for child in _children(node))
            open_nodes.discard(id(node))
            if sizes[id(node)] > _MAX_VALUES:
                line = node.start_mark.line + 1
                raise BankError(path, line, "", f"more than {_MAX_VALUES:,} values, not a phrase bank")
        return sizes[id(node)]

    size(root, 0)


def _refuse_odd_value(node: yaml.Node, path: Path) -> None:
    line = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise BankError(path, line, "", f"the tag {node.tag.replace(_TAG, '!!')} means nothing in a phrase bank")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.tag not in {f"{_TAG}str", f"{_TAG}merge"}:
                shown = f'{key.value}: a key is a word: write "{key.value}"'
                raise BankError(path, line, "", shown if isinstance(key, yaml.ScalarNode) else "a key is one word")
            if key.value in seen:  # PyYAML would keep the last silently; a lost wording must be an error
                raise BankError(path, line, key.value, "stands here twice")
            seen.add(key.value)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _descend(place: yaml.Node, node: yaml.Node, keys: tuple[str | int, ...]) -> tuple[yaml.Node, yaml.Node]:
    """The node under the deepest of `keys` that exists, and where it stands: its key, or itself in a list."""
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            pair = (node.value[key], node.value[key])
        else:
            pair = None
        if pair is None:
            break
        place, node = pair
    return node, place
