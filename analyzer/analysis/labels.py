"""Reads labels: the right findings of calls according to people; JSONL or CSV, also as exported from the review."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ConfigDict, Field, ValidationError

from analyzer.errors import UsageError
from analyzer.models.base import CallbackReply, CallerRole, EmailReply, Frozen, Status, Verdict
from analyzer.models.finding import Captured
from analyzer.sources.tabular_input import read_csv, read_text, unguarded_cell

SAID: frozenset[Status] = frozenset({"met", "out_of_order"})
_OTHER_COLUMNS = ("verdict", "caller_role", "email_reply", "callback_reply", "exemption")


class CallLabels(Frozen):
    """The right answer for one call. A field that is not in `model_fields_set` was not labelled."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    call_id: str
    steps: dict[str, Status] = Field(description="right status by step id; steps left out are not compared")
    verdict: Verdict | None = None
    caller_role: CallerRole | None = None
    email_reply: EmailReply | None = None
    callback_reply: CallbackReply | None = None
    exemption: str | None = Field(None, description="kind of the exemption, None for none")
    captured: Captured | None = None


def read_labels(path: Path) -> dict[str, CallLabels]:
    """Labels by call id, from `.csv` (a column a step) or `.jsonl`.

    Raises UsageError with file, line and how to fix it; the same call labelled twice is an error.
    """
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _jsonl_rows(path)
    labels: dict[str, CallLabels] = {}
    for line, row in rows:
        try:
            label = CallLabels.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{path}:{line}: {place}: {first['msg']}.") from error
        if label.call_id in labels:
            raise UsageError(f"{path}:{line}: call '{label.call_id}' is labelled twice. Keep the resolved label only.")
        labels[label.call_id] = label
    if not labels:
        raise UsageError(f"{path}: holds no labels.")
    return labels


def _jsonl_rows(path: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}:{number}: not JSON ({error}).") from error
        if not isinstance(data, dict):
            raise UsageError(f"{path}:{number}: not a JSON object.")
        if isinstance(data.get("exemption"), dict):
            data["exemption"] = data["exemption"].get("kind")
        if "captured" not in data and ("email" in data or "phone" in data):
            data["captured"] = {"email": data.get("email"), "phone": data.get("phone")}
        yield number, data


def _csv_rows(path: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    statuses = set(get_args(Status))
    for line, cells in read_csv(path, required="call_id"):
        data: dict[str, Any] = {key: cells[key] for key in _OTHER_COLUMNS if key in cells}
        data["call_id"] = unguarded_cell(cells.get("call_id", ""))  # guarded in tables that this program writes
        data["steps"] = {
            key: value for key, value in cells.items() if value in statuses and key not in ("call_id", *_OTHER_COLUMNS)
        }
        if "email" in cells or "phone" in cells:
            data["captured"] = {"email": cells.get("email"), "phone": cells.get("phone")}
        yield line, data
