"""results.jsonl: one JSON object for each call and line, byte-identical whenever the reports are equal."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analyzer.errors import AnalyzerError
from analyzer.models.report import SCHEMA, Report
from analyzer.reports.safe_text import printable

# Decimals by key, wherever the key occurs: finer digits are noise and differ between machines.
_DECIMALS = {
    "start": 2,
    "end": 2,
    "duration": 2,
    "header_seconds": 2,
    "decoded_seconds": 2,
    "speech_seconds": 2,
    "score": 1,
    "score_low": 1,
    "score_high": 1,
    "similarity": 1,
    "confidence": 2,
}
_ENGINES = ("engine", "second_engine")  # their options are kept as they were given
# Legal inside JSON, but many readers split lines on them.
_LINE_BREAKS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\x7f\x85\u2028\u2029"})


def to_dict(report: Report) -> dict[str, Any]:
    """The report with the keys of results.jsonl in their order, floats rounded, non-finite numbers as None."""
    data = report.model_dump(mode="json", by_alias=True)
    data["record_check"] = dict(sorted(data["record_check"].items()))
    given = {"metadata": data["metadata"], **{key: _engine(data[key]) for key in _ENGINES}}
    return {key: given[key] if key in given else _rounded(value, key) for key, value in data.items()}


def to_jsonl(reports: Iterable[Report]) -> bytes:
    """One line for each report, in the order given; UTF-8, not escaped, each line ended by a line feed."""
    lines = (json.dumps(to_dict(report), ensure_ascii=False, allow_nan=False) for report in reports)
    return "".join(printable(line).translate(_LINE_BREAKS) + "\n" for line in lines).encode("utf-8")


def read_jsonl(path: Path) -> list[Report]:
    """The reports of a results.jsonl, in its order; blank lines are skipped.

    Raises AnalyzerError with file, line and how to fix it when a line is not a report of this version.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise AnalyzerError(f"{path}: cannot be read ({error.strerror}); give a results.jsonl") from error
    except UnicodeDecodeError as error:
        raise AnalyzerError(f"{path}: is not UTF-8 text; give a results.jsonl as `analyzer` wrote it") from error
    # Not splitlines(): it also splits on characters that may stand inside a JSON string.
    lines = enumerate(text.split("\n"), start=1)
    return [_parse(line, f"{path}:{number}") for number, line in lines if line.strip()]


def _parse(line: str, where: str) -> Report:
    try:
        version = json.loads(line).get("schema", SCHEMA)
    except (ValueError, AttributeError, RecursionError) as error:
        raise AnalyzerError(f"{where}: is not a JSON object; score the recordings again") from error
    if version != SCHEMA:
        raise AnalyzerError(
            f"{where}: is {version!r}, this version reads {SCHEMA!r}; use the analyzer that wrote it, or score again"
        )
    try:
        return Report.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the line"
        raise AnalyzerError(f"{where}: {key}: {first['msg']}; score the recordings again") from error


def _rounded(value: object, key: str) -> object:
    if isinstance(value, dict):
        return {name: _rounded(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item, key) for item in value]
    if isinstance(value, float):
        return _round(value, _DECIMALS.get(key, 4))
    return value


def _round(value: float, decimals: int) -> float | None:
    # + 0.0 turns -0.0 into 0.0, which would otherwise differ in the bytes.
    return round(value, decimals) + 0.0 if math.isfinite(value) else None


def _engine(engine: dict[str, Any] | None) -> object:
    """An engine with its versions and options sorted by name: their order differs from run to run."""
    if engine is None:
        return None
    return _finite({**engine, **{key: dict(sorted(engine[key].items())) for key in ("versions", "options")}})


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
