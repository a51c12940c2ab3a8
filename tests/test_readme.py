"""The documents are true: links lead somewhere, commands, options and names exist, examples print what is shown."""

import pkgutil
import re
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from typer.core import TyperGroup
from typer.testing import CliRunner

from analyzer.cli.main import app
from analyzer.cli.options import Exit
from analyzer.models.bank import PhraseBank
from tests.test_imports import LEVEL

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
BANK_README = ROOT / "phrase_bank" / "README.md"
FOLDERS = ("analyzer", "phrase_bank", "samples", "tests")
DOCUMENTS = [
    README,
    *sorted((ROOT / ".github").glob("*.md")),
    *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("README.md")),
]
# other documents name options of pytest and of benchmarks as well
OF_THE_PROGRAM = [README, BANK_README, *sorted((ROOT / "analyzer").rglob("README.md"))]
MOST_WORDS = 1800
COMPUTED_KEYS = {"sha256"}  # of a bank, but not written in it

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"^\$ analyzer ([^\n]+)\n(.*)", re.DOTALL)
_STATUS_ROW = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(text: str) -> Iterator[list[str]]:
    """Arguments of every `analyzer` command that a document shows, in its blocks and in its sentences."""
    blocks = "\n".join(block for _, block in _FENCE.findall(text)).replace("\\\n", " ")
    lines = [part.strip() for line in blocks.splitlines() for part in line.split("&&")]
    for line in [*lines, *spans(text)]:
        words = shlex.split(line.removeprefix("$ "), comments=True) if "analyzer " in line else []
        if words and words[0] in {"analyzer", ".venv/bin/analyzer"} and len(words) > 1:
            yield words[1:]


def spans(text: str) -> list[str]:
    """What stands between backticks outside of blocks, on one line each."""
    return [" ".join(span.split()) for span in _SPAN.findall(_FENCE.sub("", text))]


def options(command: Any) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}


def subcommands(command: Any) -> dict[str, Any]:
    """Commands of a group by name; none when it is a command itself."""
    if not isinstance(command, TyperGroup):
        return {}
    context = command.make_context("analyzer", [], resilient_parsing=True)
    return {name: command.get_command(context, name) for name in command.list_commands(context)}


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words after its name."""
    command: Any = typer.main.get_command(app)
    while words and not words[0].startswith("-") and (following := subcommands(command)):
        assert words[0] in following, f"no command {words[0]!r}"
        command, words = following[words[0]], words[1:]
    return command, words


@cache
def all_options() -> frozenset[str]:
    def below(command: Any) -> Iterator[str]:
        yield from options(command)
        for following in subcommands(command).values():
            yield from below(following)

    return frozenset(below(typer.main.get_command(app)))


def anchors(text: str) -> set[str]:
    """Where links into a document may lead: its headings as GitHub names them."""
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(_FENCE.sub("", text)))
    return {heading.strip().replace(" ", "-") for heading in headings}


def keys_of(model: type[BaseModel]) -> set[str]:
    """Keys of a model and of all models in it."""

    def models(annotation: Any) -> Iterator[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        for inner in get_args(annotation):
            yield from models(inner)

    keys = set()
    for name, field in model.model_fields.items():
        keys.add(field.alias or name)
        for inner in models(field.annotation):
            keys |= keys_of(inner)
    return keys


def test_the_readme_is_short():
    assert len(README.read_text("utf-8").split()) <= MOST_WORDS


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path):
    for link in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = path.parent / place if place else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_exist_with_their_options(path: Path):
    for words in commands(path.read_text("utf-8")):
        command, rest = command_of(words)
        assert rest or not subcommands(command), f"analyzer {' '.join(words)}: a group, not a command"
        unknown = {word.partition("=")[0] for word in rest if word.startswith("-")} - options(command)
        assert not unknown, f"analyzer {' '.join(words)}"


@pytest.mark.parametrize("path", OF_THE_PROGRAM, ids=name_of)
def test_options_named_alone_exist(path: Path):
    named = {span.split()[0] for span in spans(path.read_text("utf-8")) if span.startswith("--")}
    assert named <= all_options()


def test_every_exit_status_is_explained():
    section = README.read_text("utf-8").partition("## Exit statuses")[2].partition("\n## ")[0]
    assert [int(status) for status in _STATUS_ROW.findall(section)] == [status.value for status in Exit]


def test_every_key_of_a_bank_is_explained():
    text = BANK_README.read_text("utf-8")
    named = {word for span in spans(text) for word in re.findall(r"\w+", span)}
    assert (keys_of(PhraseBank) | {"include"}) - COMPUTED_KEYS <= named


def test_every_benchmark_is_listed():
    folder = ROOT / "tests" / "benchmarks"
    named = set(re.findall(r"`(\w+\.py)", (folder / "README.md").read_text("utf-8")))
    assert named == {path.name for path in folder.glob("*.py")} - {"__init__.py"}


def test_the_map_of_packages_is_the_order_of_imports():
    section = CONTRIBUTING.read_text("utf-8").partition("\n## Packages\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(LEVEL)
    levels = [LEVEL[name] for name in named]
    assert levels == sorted(levels)


def test_the_way_of_a_recording_names_what_there_is():
    section = CONTRIBUTING.read_text("utf-8").partition("\n## One recording's way\n")[2].partition("\n## ")[0]
    for span in spans(section):
        if re.fullmatch(r"[a-z_]+(\.\w+)+", span):
            assert pkgutil.resolve_name(f"analyzer.{span}"), span


def examples() -> list[tuple[str, str]]:
    """Commands of the bank's document, each with what it is said to print."""
    blocks = _FENCE.findall(BANK_README.read_text("utf-8"))
    shown = [_EXAMPLE.match(block) for kind, block in blocks if kind == "console"]
    return [(match[1], match[2]) for match in shown if match]


@pytest.mark.parametrize(("command", "printed"), examples(), ids=[command for command, _ in examples()])
def test_examples_print_what_is_shown(command: str, printed: str):
    ran = CliRunner().invoke(app, shlex.split(command), env={"COLUMNS": "100"})
    assert ran.exit_code == Exit.OK
    assert [line.rstrip() for line in ran.stdout.strip().splitlines()] == [
        line.rstrip() for line in printed.strip().splitlines()
    ]


def test_a_copied_bank_is_the_one_that_is_used(tmp_path: Path):
    """The README's three steps; an edit in the copy has an effect, and a broken copy is refused."""
    bank = tmp_path / "my_bank"
    shutil.copytree(ROOT / "phrase_bank" / "pln123", bank)
    explain = ["bank", "explain", "bagi emailnya dong Pak", "--bank", str(bank)]
    before = CliRunner().invoke(app, explain).stdout
    words = bank / "words" / "email.yaml"
    words.write_text(words.read_text("utf-8").replace("asks_data:\n", "asks_data:\n    - bagi\n", 1), "utf-8")
    after = CliRunner().invoke(app, explain).stdout
    assert "email_request  doubtful" in before
    assert "email_request  yes  100" in after
    assert CliRunner().invoke(app, ["bank", "check", "--bank", str(bank)]).exit_code == Exit.OK
    (bank / "bank.yaml").write_text("id: broken", "utf-8")
    assert "broken" not in CliRunner().invoke(app, ["bank", "check"]).stdout
    assert CliRunner().invoke(app, ["bank", "check", "--bank", str(bank)]).exit_code != Exit.OK
