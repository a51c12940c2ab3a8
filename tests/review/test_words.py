"""Every machine key of the logic of review has words, and reasons are shown with the SOP's names."""

import ast
from pathlib import Path
from typing import get_args

import pytest

import analyzer.review
from analyzer.locale.catalogue import keys, translate
from analyzer.models.base import PersonRole
from analyzer.models.review import EventKind
from analyzer.review.triage import PRIORITIES, Reason, reason_text

FOLDER = Path(analyzer.review.__file__).parent


def refusals() -> set[str]:
    """First arguments of every RefusedError that the code raises."""
    found = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RefusedError":
                assert isinstance(node.args[0], ast.Constant)
                found.add(str(node.args[0].value))
    return found


def test_every_key_has_words():
    wanted = {f"refused.{key}" for key in refusals()}
    wanted |= {f"why.{key}" for key in PRIORITIES}
    wanted |= {f"kind.{kind}" for kind in get_args(EventKind)}
    wanted |= {f"person.{role}" for role in get_args(PersonRole)}
    assert len(refusals()) > 10
    assert wanted <= set(keys())


@pytest.mark.parametrize("key", PRIORITIES)
def test_every_reason_has_a_text_even_for_steps_without_a_name(key: str):
    for lang in ("id", "en"):
        text = reason_text(Reason(key, steps=("new_thing",), points=12.4), lang, {})
        assert "{" not in text
        assert "_" not in text
        assert reason_text(Reason(key), lang, {})


def test_names_of_steps_are_those_of_the_sop_and_are_not_filled_in():
    labels = {"email_request": ("Minta {points} e-mail", "Ask for {points} e-mail")}
    assert reason_text(Reason("fail", steps=("email_request",)), "en", labels) == "Failed: Ask for {points} e-mail"
    assert translate("status.met", "id") == "Terpenuhi"
