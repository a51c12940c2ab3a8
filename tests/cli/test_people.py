"""`analyzer people` as somebody types it; a password goes in by stdin and comes out nowhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.review.accounts import sign_in
from analyzer.store.store import Store
from tests.conftest import ROOT, Ran, analyzer

PASSWORD = "kabel putus di gang"  # noqa: S105 - of a store that lives as long as one test


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A results folder with an empty store."""
    Store(tmp_path / "o").close()
    return tmp_path / "o"


def people(out: Path, *arguments: object) -> Ran:
    return analyzer("people", *arguments, out=out)


def test_people_are_added_listed_and_locked_out(out: Path):
    assert people(out, "add", out, "Rini", "--role", "coach").status == 0
    assert people(out, "add", out, "Dewi L.", "--role", "agent", "--agent", "Dewi").status == 0
    assert people(out, "add", out, "Rini", "--role", "lead").status == 0  # promoted
    assert people(out, "disable", out, "Rini").status == 0
    assert people(out, "list", out).stdout.splitlines() == [
        "Dewi L.\tagent\tDewi\tby link only",
        "Rini\tlead\t-\tdisabled",
    ]
    assert people(out, "enable", out, "Rini").status == 0
    assert "Rini\tlead\t-\tby link only" in people(out, "list", out).stdout


def test_a_password_is_read_from_stdin_and_lets_in(out: Path):
    people(out, "add", out, "Rini", "--role", "coach")
    command = [sys.executable, "-m", "analyzer", "people", "password", str(out), "Rini"]
    done = subprocess.run(command, input=f"{PASSWORD}\n", capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "Rini\tcoach\t-\tpassword" in people(out, "list", out).stdout
    store = Store(out)
    assert store.logins.person(sign_in(store, "Rini", PASSWORD, 60))
    store.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("password", "{out}", "Nobody"), "Nobody is called 'Nobody' there"),
        (("disable", "{out}", "Nobody"), "Nobody is called 'Nobody' there"),
        (("add", "{out}", "Rini", "--role", "boss"), "'boss'"),
        (("add", "{out}", "Rini", "--role", "coach", "--agent", "Dewi"), "--agent is for the role agent"),
        (("add", "{out}", " Rini", "--role", "coach"), "' Rini'"),
        (("list", "{out}/nowhere"), "Give a folder that `analyzer score --out` has written"),
    ],
)
def test_what_is_wrong_is_told(out: Path, arguments: tuple[str, ...], told: str):
    ran = people(out, *(argument.format(out=out) for argument in arguments))
    assert ran.status == 2
    assert told in ran.stderr
