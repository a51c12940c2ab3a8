"""The JSON schema that editors complete a bank's files from, and the lines that name it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.bank.load import MAIN
from analyzer.bank.shipped import shipped_bank
from analyzer.bank.yaml_file import read_source
from analyzer.models.bank import PhraseBank

BANKS = Path(__file__).parents[2] / "phrase_bank"
SCHEMA = BANKS / "bank.schema.json"
FILES = sorted(path for path in (BANKS / "pln123").rglob("*.yaml") if path.name != "replies.yaml")  # not yet


def schema_text() -> str:
    """What `bank.schema.json` must hold: the schema of one file of a bank, which may hold any of its keys."""
    schema = PhraseBank.model_json_schema()
    del schema["required"], schema["properties"]["sha256"]
    include = {"type": "array", "items": {"type": "string"}, "description": f"only in {MAIN}: the bank's other files"}
    schema["properties"]["include"] = include
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def test_the_schema_is_that_of_the_model():
    # If this fails after a change of the models: write schema_text() to the file, and say so to users.
    assert SCHEMA.read_text("utf-8") == schema_text()


def undescribed(schema: dict[str, Any]) -> Iterator[str]:
    models = {"bank": schema, **schema["$defs"]}
    for name, model in models.items():
        for key, value in model.get("properties", {}).items():
            if "description" not in value:
                yield f"{name}.{key}"


def test_every_key_has_a_description():
    assert not list(undescribed(json.loads(SCHEMA.read_text("utf-8"))))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(BANKS).as_posix())
def test_a_file_names_the_schema_and_is_easy_to_edit(path: Path):
    """One entry a line; only the groups that a concept names stand together, and no line is long."""
    lines = path.read_text("utf-8").splitlines()
    relative = os.path.relpath(SCHEMA, path.parent).replace(os.sep, "/")
    assert lines[0] == f"# yaml-language-server: $schema={relative}"
    assert [line for line in lines if len(line) > 120] == []
    for group, entries in read_source(path).data.get("groups", {}).items():
        assert len(set(entries)) == len(entries), group
        if group != "everyday_talk":  # by theme, sorted in each
            assert entries == sorted(entries), group


def test_the_shipped_bank_is_made_of_all_its_files():
    folder = shipped_bank()
    named = {(folder / name).resolve() for name in read_source(folder / MAIN).data["include"]}
    assert named | {(folder / MAIN).resolve()} == {path.resolve() for path in folder.rglob("*.yaml")}
