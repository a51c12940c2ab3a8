"""What lies beside the recordings: manifest, labels, and the true timing of every word."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from synthesis.line import Placed
from synthesis.script import Script

PASS_MARK: Final = 80.0  # of the shipped bank; with its equal weights one missed step of six still passes
OUT_OF_ORDER_CREDIT: Final = 0.5
COLUMNS: Final = (
    "file", "customer_file", "call_id", "agent", "started_at", "system", "transaction", "email", "phone",
    "agent_channel", "queue", "note",
)  # fmt: skip


def write_manifest(path: Path, scripts: Iterable[Script]) -> None:
    """One row a call; `queue` and `note` are columns that the product does not know and keeps."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        rows.writeheader()
        for script in scripts:
            own = {"file": script.file, "customer_file": script.customer_file or "", "call_id": script.call_id}
            rows.writerow({**own, **script.manifest})


def write_labels(path: Path, scripts: Iterable[Script]) -> None:
    """One JSON object a call, in the shape of the evaluation set's labels and with the verdict."""
    _write_lines(path, (_label(script) for script in scripts))


def write_reference(path: Path, placed: Mapping[str, Sequence[Placed]]) -> None:
    """True turns and words, in seconds from the start of the recording."""
    _write_lines(
        path,
        (
            {
                "call_id": call_id,
                "turns": [
                    {"speaker": t.speaker, "start": t.start, "end": t.end, "text": t.text, "words": t.words}
                    for t in turns
                ],
            }
            for call_id, turns in placed.items()
        ),
    )


def verdict(script: Script) -> str:
    """What the design's rules make of the labelled statuses; no step here is unsure."""
    labels = script.labels
    if labels is None:
        raise ValueError(f"{script.call_id}: has no labels")
    if labels.exemption:
        return "exempt"
    credit = {"met": 1.0, "out_of_order": OUT_OF_ORDER_CREDIT, "missed": 0.0}
    due = [credit[status] for status in labels.steps.values() if status in credit]
    score = 100 * sum(due) / len(due)
    return "fail" if labels.violations or score < PASS_MARK else "pass"


def _label(script: Script) -> dict[str, Any]:
    labels = script.labels
    if labels is None:
        raise ValueError(f"{script.call_id}: has no labels")
    return {
        "call_id": script.call_id,
        "case": script.case,
        "steps": labels.steps,
        "verdict": verdict(script),
        "exemption": labels.exemption,
        "caller_role": labels.caller_role,
        "email_reply": labels.email_reply,
        "callback_reply": labels.callback_reply,
        "captured": labels.captured,
        "violations": labels.violations,
        "turns": [[turn.speaker, turn.text] for turn in script.turns],
    }


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
