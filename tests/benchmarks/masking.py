"""What an evidence pack leaves readable: folders of transcripts (`.json`) with `labels.jsonl` in each.

    python tests/benchmarks/masking.py FOLDER...

Of each folder: calls refused, values that capture still finds after masking, words of the true addresses that
are still there, share of all words masked, and met steps whose evidence lost a word.
"""

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analyzer.asr.transcript_files import load_transcript
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.entities.redaction import MASK
from analyzer.errors import UsageError
from analyzer.models.finding import Captured
from analyzer.models.recording import Recording
from analyzer.pipeline.score import Scorer
from analyzer.reports.call_pages import labels_of
from analyzer.reports.call_view import CallView, call_view
from analyzer.reports.evidence_pack import finder_of
from analyzer.reports.evidence_redaction import redact

_MIN_PART = 4  # letters of a part of a name in an address


def main(folders: Sequence[str]) -> None:
    scorer = Scorer(load_bank(shipped_bank()))
    for folder in map(Path, folders):
        labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
        count: Counter[str] = Counter()
        for label in labels:
            count.update(_measure(folder / f"{label['call_id']}.json", label, scorer))
        print(
            f"{folder.name}: {len(labels)} calls, {count['refused']} refused; still readable: {count['email']} of "
            f"{count['emails']} addresses, {count['phone']} of {count['phones']} numbers, {count['left']} of "
            f"{count['parts']} names in addresses; {100 * count['hidden'] / count['words']:.1f} % of words masked, "
            f"evidence touched in {count['touched']} of {count['met']} met steps"
        )


def _measure(path: Path, label: dict[str, Any], scorer: Scorer) -> Counter[str]:
    recording = Recording(call_id=label["call_id"], path=path, name=path.name)
    report = scorer.score_transcript(recording)
    names = labels_of(scorer.bank)
    view = call_view(report, load_transcript(path), names, key="k")
    try:
        shown = redact(view, finder_of(scorer.bank, report), names).view
    except UsageError:
        return Counter(refused=1)
    count: Counter[str] = Counter()
    again = _captured_again(shown, scorer)
    words = [word.text for turn in shown.turns for word in turn.words]
    count.update(words=len(words), hidden=words.count(MASK))
    if label["email"]:
        parts = [p for p in re.split(r"[\W\d_]+", label["email"].partition("@")[0]) if len(p) >= _MIN_PART]
        text = " ".join(words).lower()
        left = sum(part in text for part in parts)
        count.update(emails=1, email=again.email is not None, parts=len(parts), left=left)
    if label["phone"]:
        count.update(phones=1, phone=again.phone is not None)
    for before, after in zip(report.steps, shown.steps, strict=True):
        if before.status in {"met", "out_of_order"} and before.heard:
            count.update(met=1, touched=after.finding.heard != before.heard)
    return count


def _captured_again(shown: CallView, scorer: Scorer) -> Captured:
    """What capture finds in the masked words."""
    segments = [
        {
            "start": turn.start, "end": turn.end, "speaker": turn.channel,
            "text": " ".join(word.text for word in turn.words),
            "words": [{"start": word.start, "end": word.end, "text": word.text} for word in turn.words],
        }
        for turn in shown.turns
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "masked.json"
        path.write_text(json.dumps({"language": "id", "duration": shown.seconds, "segments": segments}))
        return scorer.score_transcript(Recording(call_id="m", path=path, name=path.name)).captured


if __name__ == "__main__":
    main(sys.argv[1:])
