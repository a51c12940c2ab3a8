"""calls.csv and steps.csv: stable columns for spreadsheets, whose cells can never be taken for formulas.

Columns only ever get added at the end of their group; a renamed one would silently break people's pivots.
Text cells are on one line; results.jsonl has the whole text, control characters included.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from analyzer.models.finding import Finding
from analyzer.models.report import Report
from analyzer.reports.jsonl import to_dict
from analyzer.reports.safe_text import one_line
from analyzer.reports.summary import step_ids
from analyzer.sources.tabular_input import FORMULA_STARTS, INVISIBLE

CALL_COLUMNS_BEFORE_STEPS = (
    "call_id", "recording", "agent", "started_at", "verdict", "score", "score_low", "score_high",
)  # fmt: skip
CALL_COLUMNS_AFTER_STEPS = (
    "caller_role", "email_reply", "callback_reply",
    "exemption", "exemption_heard", "exemption_start",
    "captured_email", "captured_phone", "record_email", "record_phone",
    "violations", "flags", "error",
    "duration", "header_seconds", "decoded_seconds", "speech_seconds", "bad_packets", "channels", "audio_notes",
    "sop_id", "sop_version", "sop_sha256", "model",
)  # fmt: skip
STEP_COLUMNS = (
    "call_id", "step", "status", "start", "end", "channel", "heard", "phrase", "similarity", "confidence",
    "reason", "recording", "agent",
)  # fmt: skip

# A spreadsheet keeps 32,767 UTF-16 units a cell and cuts or spills the rest without a word.
MAX_CELL = 32_000
# Where `;` separates cells (Excel in Indonesian), what follows one starts a cell of its own.
_AFTER_SEMICOLON = re.compile(rf'(;[\s"{INVISIBLE}]*)([=+\-@＝＋－＠])')

Cell = str | float | int | None


def calls_csv(reports: Iterable[Report], *, steps: Sequence[str] = ()) -> bytes:
    """One row for each call, in the order given: UTF-8 with BOM, commas, CRLF.

    Columns: CALL_COLUMNS_BEFORE_STEPS, one `step:<id>` for each step with its status (`steps` first, so that they
    are there even when every call failed), CALL_COLUMNS_AFTER_STEPS, one `meta:<name>` for each manifest column.
    """
    every = list(reports)
    ids = list(dict.fromkeys([*steps, *step_ids(every)]))
    names = list(dict.fromkeys(name for report in every for name in report.metadata))
    header = [
        *CALL_COLUMNS_BEFORE_STEPS,
        *(f"step:{step}" for step in ids),
        *CALL_COLUMNS_AFTER_STEPS,
        *(f"meta:{name}" for name in names),
    ]
    return _to_csv(header, (_call_row(report, ids, names) for report in every))


def steps_csv(reports: Iterable[Report]) -> bytes:
    """One row for each finding, STEP_COLUMNS; calls without findings (unscorable ones) have no row."""
    return _to_csv(STEP_COLUMNS, (row for report in reports for row in _step_rows(report)))


def safe_cell(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula, on one line and short enough to be kept.

    >>> safe_cell("+628123"), safe_cell('  =HYPERLINK("x")'), safe_cell("a;=1")
    ("'+628123", '\\'  =HYPERLINK("x")', "a;'=1")
    """
    line = one_line(text)
    starts = (text.lstrip(INVISIBLE)[:1], line.lstrip(INVISIBLE)[:1])
    guarded = f"'{line}" if any(start and start in FORMULA_STARTS for start in starts) else line
    return shortened(_AFTER_SEMICOLON.sub(r"\1'\2", guarded))


def shortened(text: str) -> str:
    """`text` no longer than a cell keeps; a cut one ends with its length."""
    if len(text) <= MAX_CELL // 2:  # a character takes at most two units
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL:
        return text
    return units[: 2 * MAX_CELL].decode("utf-16-le", "ignore") + f" [...cut, {len(text)} characters in all]"


def _to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in header])
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _call_row(report: Report, ids: Sequence[str], names: Sequence[str]) -> list[Cell]:
    data = to_dict(report)
    audio = data["audio"] or {}
    exemption = data["exemption"] or {}
    statuses = {finding.id: finding.status for finding in report.steps}
    check = {key: item.outcome for key, item in report.record_check.items()}
    after: dict[str, Cell] = {
        "caller_role": report.caller_role,
        "email_reply": report.email_reply,
        "callback_reply": report.callback_reply,
        "exemption": exemption.get("kind"),
        "exemption_heard": exemption.get("heard"),
        "exemption_start": exemption.get("start"),
        "captured_email": report.captured.email,
        "captured_phone": report.captured.phone,
        "record_email": check.get("email"),
        "record_phone": check.get("phone"),
        "violations": " | ".join(_violation(v.id, certain=v.certain) for v in report.violations),
        "flags": " | ".join(report.flags),
        "error": report.error,
        "duration": data["duration"],
        "header_seconds": audio.get("header_seconds"),
        "decoded_seconds": audio.get("decoded_seconds"),
        "speech_seconds": audio.get("speech_seconds"),
        "bad_packets": audio.get("bad_packets"),
        "channels": audio.get("channels"),
        "audio_notes": " | ".join(audio.get("notes", ())),
        "sop_id": report.sop.id,
        "sop_version": report.sop.version,
        "sop_sha256": report.sop.sha256,
        "model": report.engine.model,
    }
    return [
        *(data[column] for column in CALL_COLUMNS_BEFORE_STEPS),
        *(statuses.get(step) for step in ids),
        *(after[column] for column in CALL_COLUMNS_AFTER_STEPS),
        *(report.metadata.get(name) for name in names),
    ]


def _violation(name: str, *, certain: bool) -> str:
    return name if certain else f"{name} (doubtful)"


def _step_rows(report: Report) -> Iterable[list[Cell]]:
    of_call: dict[str, Cell] = {"call_id": report.call_id, "recording": report.recording, "agent": report.agent}
    for finding, data in zip(report.steps, to_dict(report)["steps"], strict=True):
        yield [_step_cell(column, finding, data, of_call) for column in STEP_COLUMNS]


def _step_cell(column: str, finding: Finding, data: dict[str, Cell], of_call: dict[str, Cell]) -> Cell:
    return of_call[column] if column in of_call else finding.id if column == "step" else data[column]
