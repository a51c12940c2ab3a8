"""Detection compared with a simple baseline, on the same labelled transcripts in one run.

    python tests/benchmarks/detection.py FOLDER...

Each FOLDER holds transcripts (`.json`) and labels.jsonl. The baseline is what a first script would do: the SOP's
sentence of each step, `partial_ratio` >= 70 in the agent's text, one after another. Prints the figures of both and
the time a call takes.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz

from analyzer.analysis.evaluation import Evaluation, evaluate
from analyzer.analysis.labels import read_labels
from analyzer.asr.transcript_files import load_transcript
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.models.finding import Finding
from analyzer.models.recording import Recording
from analyzer.models.report import Report, SopRef
from analyzer.models.transcript import Transcript
from analyzer.pipeline.score import TEXT_ENGINE, Scorer

BASELINE_THRESHOLD = 70
SENTENCES = {  # the SOP's own examples, clauses 2 to 5
    "owner_tenant_question": "apakah bapak sebagai pemilik atau penyewa yang bertanggungjawab di alamat tersebut",
    "email_request": "untuk alamat emailnya mohon disampaikan",
    "thanks_for_email": "baik bapak terima kasih",
    "callback_question": "apakah no telepon yang digunakan dapat kami hubungi kembali",
    "marketing_notice": "jika kami memiliki informasi layanan atau produk layanan maka akan kami sampaikan melalui "
    "no telepon atau email tersebut",
    "closing_thanks": "terima kasih",
}


def baseline_report(path: Path, transcript: Transcript) -> Report:
    """One call as the baseline reports it."""
    text = " ".join(s.text for s in transcript.segments if s.speaker != "customer").lower()
    position = 0
    findings = []
    for step, phrase in SENTENCES.items():
        alignment = fuzz.partial_ratio_alignment(phrase, text[position:], score_cutoff=BASELINE_THRESHOLD)
        if alignment is not None:
            position += alignment.dest_end
        status = "met" if alignment else "missed"
        findings.append(Finding(id=step, status=status, confidence=1.0, reason="baseline"))
    sop = SopRef(id="baseline", version="1", sha256="0")
    return Report(
        call_id=path.stem, recording=path.name, sop=sop, engine=TEXT_ENGINE, verdict="review", steps=tuple(findings)
    )


def timed(paths: Sequence[Path], score: Callable[[Path], Report]) -> tuple[list[Report], float]:
    """Reports and milliseconds a call."""
    began = time.perf_counter()
    reports = [score(path) for path in paths]
    return reports, (time.perf_counter() - began) / len(paths) * 1000


def table_row(name: str, result: Evaluation, milliseconds: float) -> str:
    """One row of the printed table."""
    total = result.overall
    figures = (
        total.agreement.value,
        total.said_f1,
        total.missed_precision.value,
        total.missed_recall.value,
        result.whole_calls.value,
        total.unsure.value,
    )
    cells = " ".join(f"{value:9.3f}" if value is not None else "        -" for value in figures)
    return f"{name:18} {cells} {milliseconds:8.1f}"


def main() -> None:
    """Print the figures of both for each folder."""
    scorer = Scorer(load_bank(shipped_bank()))
    print(f"{'':18} agreement   said_f1  missed_p  missed_r whole_call   unsure  ms/call")
    for folder in map(Path, sys.argv[1:]):
        labels = read_labels(folder / "labels.jsonl")
        paths = [path for path in sorted(folder.glob("*.json")) if path.stem in labels]
        detector = lambda path: scorer.score_transcript(  # noqa: E731
            Recording(call_id=path.stem, path=path, name=path.name)
        )
        baseline = lambda path: baseline_report(path, load_transcript(path))  # noqa: E731
        for name, method in (("ours", detector), ("plain", baseline)):
            reports, milliseconds = timed(paths, method)
            print(table_row(f"{folder.name} {name}", evaluate(reports, labels), milliseconds))


if __name__ == "__main__":
    main()
