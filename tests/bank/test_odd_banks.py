"""Broken, odd and hostile banks end as a BankError with file and line; names close to a known one are asked about."""

import copy
import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.bank_check import check_bank
from analyzer.bank.load import load_bank
from analyzer.bank.yaml_file import BankLoader
from analyzer.errors import BankError
from analyzer.matching.matcher import Matcher
from tests.conftest import analyzer
from tests.examples import examples

ENGLISH = Path(__file__).parents[1] / "scoring" / "english_bank.yaml"
BANK = yaml.load(ENGLISH.read_text("utf-8"), Loader=BankLoader)  # noqa: S506 - a SafeLoader
DEEP = "\n".join(f"{' ' * depth}a:" for depth in range(60))
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)


def odd_bank(folder: Path, more: str | bytes, old: str = "", new: str = "") -> Path:
    """The English bank with lines added at its end, or one edit."""
    text = ENGLISH.read_text("utf-8").replace(old, new, 1) if old else ENGLISH.read_text("utf-8")
    file = folder / "bank.yaml"
    file.write_bytes(text.encode() + (more if isinstance(more, bytes) else more.encode()))
    return folder


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (f"x: {'9' * 5000}", r":\d+: 9{30} is no number that a phrase bank can use"),
        ("x: !!float abc", r":\d+: abc is no number"),
        ("x: .nan", r":\d+: \.nan is no number"),
        ("x: -.inf", r":\d+: -\.inf is no number"),
        ("x: 1.0e+300", r":\d+: 1\.0e\+300 is no number"),
        ("x: !!timestamp abc", r":\d+: the tag !!timestamp means nothing"),
        ("x: !!python/name:os.system", r":\d+: the tag !!python/name:os.system means nothing"),
        ("? [a, b]\n: 1", r":\d+: a key is one word"),
        ("? {a: b}\n: 1", r":\d+: a key is one word"),
        ("12: x", r':\d+: 12: a key is a word: write "12"'),
        ("title: again", r":\d+: title: stands here twice"),
        (BOMB, r":\d+: more than 100,000 values"),
        ("x: &x [*x]", r":\d+: contains itself by an alias"),
        (DEEP, r":\d+: values inside values, more than 50 deep"),
        (f"x: {'[' * 5000}", "is not valid YAML|more than 50 deep"),
        (b"x: \xff\xfe", "is not UTF-8 text"),
        (b"x: \x01", "is not valid YAML"),
        (b"x: " + b"a" * (3 << 20), "larger than 2 MiB"),
        ("x: 2026-02-30", "x: unknown key"),
        ("include: words.yaml", r":\d+: include: must be a list of file names"),
        ('include: ["a\\0b"]', "is no file name"),
        ("include: [bank.yaml]", "is named twice, or is bank.yaml itself"),
        ("include: [more.yaml, ./more.yaml]", "'./more.yaml' is named twice"),
        ("include: [cycle.yaml]", r"cycle.yaml:1: include: only bank.yaml names other files"),
        ("include: [../../etc/passwd]", "lies outside the bank's folder"),
        ("include: [/etc/passwd]", "lies outside the bank's folder"),
        ("include: [link.yaml]", "lies outside the bank's folder"),
        ("include: [.]", "lies outside the bank's folder"),
        ("include: [folder]", "is not a file"),
        ("include: [pipe]", "is not a file"),
        (f"include: [{'a' * 300}]", "cannot be read"),
    ],
)
def test_an_odd_file_is_refused(tmp_path: Path, more: str | bytes, says: str):
    (tmp_path / "more.yaml").write_text("violations: []", "utf-8")
    (tmp_path / "cycle.yaml").write_text("include: [bank.yaml]", "utf-8")
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BankError, match=says):
        load_bank(odd_bank(tmp_path, more))


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/nowhere/bank.yaml"])
def test_what_is_no_file_is_refused(path: str):
    with pytest.raises(BankError, match=r"is not a file|cannot be read"):
        load_bank(Path(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    weight: 2\n", "    wieght: 2\n", "steps.recording_notice.wieght: unknown key; did you mean `weight`?"),
        ("pass_mark: 70\n", "pass_mark: 70\nacept: 1\n", "acept: unknown key"),
        ("      must: [recorded]", "      mast: [recorded]", "wording.mast: unknown key; did you mean `must`?"),
        ("within: 6", "whitin: 6", "concepts.0.whitin: unknown key; did you mean `within`?"),
        ("agent_words, weight: 2}", "agent_words, xx: 2}", "xx: unknown key; known: adapts, group, weight"),
        ("strength: strong", "strength: strog", "did you mean `strong`?"),
        ("<recorded>", "<recordet>", "no word group 'recordet'; did you mean `recorded`?"),
        ('"[please note]', f'"{"(" * 30}', "more than 20 brackets inside each other"),
        ('"[please note]', f'"{"|".join(map(str, range(200)))}', "makes 205 wordings"),
        ('"[please note]', f'"{"(" * 3000}', "more than 20 brackets inside each other"),
    ],
)
def test_what_was_meant_is_asked_with_file_and_line(tmp_path: Path, old: str, new: str, says: str):
    line = ENGLISH.read_text("utf-8").split(old)[0].count("\n") + 1
    with pytest.raises(BankError) as caught:
        load_bank(odd_bank(tmp_path, "", old, new))
    assert says in str(caught.value)
    found = re.match(rf"{re.escape(str(tmp_path))}/bank\.yaml:(\d+): ", str(caught.value))
    assert found
    assert int(found[1]) - line in {0, 1}


def test_the_command_ends_with_status_2(tmp_path: Path):
    ran = analyzer("bank", "check", "--bank", odd_bank(tmp_path, BOMB), out=tmp_path / "o")
    assert (ran.status, "Traceback" in ran.stderr) == (2, False)
    assert "more than 100,000 values" in ran.stderr


def places(value: object, path: tuple[str | int, ...] = ()):
    """Where in a bank every value is."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from places(child, (*path, key))


ODD_VALUES: tuple[object, ...] = (
    None, True, 0, -1, 1000, 999_999_999, -5.5, "", " ", "!!!", "ü", "日本", "a" * 3000, [], {}, [[]], [{}],
    ["x"] * 3, {"a": "b"}, "<x>", "(a|b", "@", ".", "1", "{}", "id", "yes", "😀", "E-mail", "a b c d e f g h",
)  # fmt: skip


@given(st.sampled_from(sorted(places(BANK), key=str)), st.sampled_from(ODD_VALUES), st.booleans())
@examples(150)
def test_a_value_that_is_something_else_is_refused_or_harmless(tmp_path_factory, place, odd, added):
    bank = copy.deepcopy(BANK)
    parent = bank
    for key in place[:-1]:
        parent = parent[key]
    if added and isinstance(parent[place[-1]], list):
        parent[place[-1]].append(odd)
    else:
        parent[place[-1]] = odd
    file = tmp_path_factory.mktemp("bank") / "bank.yaml"
    file.write_text(yaml.safe_dump(bank, allow_unicode=True), "utf-8")
    try:
        loaded = load_bank(file)
    except BankError:
        return
    check_bank(loaded, Matcher(loaded))
