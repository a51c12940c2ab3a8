"""One YAML file of a bank, with the line of every key."""

import re
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


class BankLoader(SafeLoader):
    """YAML in which only true and false are truth values: "yes", "no" and "on" are words people say."""


BankLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
BankLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Source:
    """A file's text, its data, and its node tree for line numbers."""

    path: Path
    text: str
    data: dict[str, Any]
    node: yaml.Node

    def at(self, *keys: str | int) -> "Source":
        """The same file seen from a key."""
        return Source(self.path, self.text, self.data, _descend(self.node, keys))

    def line(self, *keys: str | int) -> int:
        """Line of the deepest of `keys` that exists (1 is the first)."""
        return int(_descend(self.node, keys).start_mark.line) + 1


def read_source(path: Path) -> Source:
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
    return Source(path, text, {str(key): value for key, value in data.items()}, node)


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
    for key in keys:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            found = next((value for name, value in node.value if name.value == str(key)), None)
            if found is None and key == keys[-1]:
                break
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = node.value[key]
        if found is None:
            break
        node = found
    return node
