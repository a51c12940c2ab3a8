"""A results folder with a store and recordings, made without a recogniser."""

from dataclasses import dataclass
from pathlib import Path

from analyzer.models.recording import AudioFacts, Recording
from analyzer.models.report import Report
from analyzer.models.run import ScoredRun, StoredCall, StoredRun
from analyzer.models.transcript import AudioTranscript
from analyzer.store.results import call_key
from analyzer.store.store import Store
from tests.fakes import ENGINE, OWNER
from tests.reports.transcripts import heard, heard_report, write_sound


@dataclass
class Folder:
    """Recordings in `calls`, results in `out`."""

    root: Path
    kept: list[StoredCall]
    reports: list[Report]

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def store(self) -> Store:
        return Store(self.out)

    @property
    def scored(self) -> ScoredRun:
        run = StoredRun(engine=ENGINE, max_seconds=600.0, calls=tuple(self.kept))
        return ScoredRun(self.reports, run, self.store.address)

    def page(self, name: str) -> Path:
        (call,) = [call for call in self.kept if call.recording.call_id == name]
        return self.out / "calls" / f"{call_key(call)}.html"

    def add(self, name: str, *, transcript: AudioTranscript | None = None, **changes) -> None:
        """One more call: its recording, its transcript in the store, its report."""
        path = self.root / "rekaman" / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        write_sound(path)
        recording = Recording(call_id=name, path=path, name=path.name)
        self.kept.append(StoredCall(recording=recording, audio_sha256=name * 8, key=f"key-{name}"))
        store = self.store
        store.transcripts.finish(f"key-{name}", OWNER, transcript or heard())
        store.close()
        self.reports.append(heard_report(recording=path.name, **changes).model_copy(update={"call_id": name}))

    def replace(self, name: str, **changes) -> None:
        self.reports = [
            report.model_copy(update=changes) if report.call_id == name else report for report in self.reports
        ]


def folder(root: Path) -> Folder:
    made = Folder(root, [], [])
    made.add("a")
    made.add("b", verdict="pass", score=100.0, score_low=100.0, score_high=100.0)
    return made


GSM = AudioFacts(decoded_seconds=24.0, speech_seconds=15.0, channels=2, codec="gsm_ms", sample_rate=8000)
