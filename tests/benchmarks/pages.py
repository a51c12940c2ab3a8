"""The cost of one page a call: seconds, size, and a second run, for four-minute calls.

    python tests/benchmarks/pages.py [--calls 1000]
"""

import argparse
import base64
import random
import tempfile
import time
from pathlib import Path

from analyzer.models.base import Span
from analyzer.models.recording import AudioFacts, Recording
from analyzer.models.run import StoredCall
from analyzer.models.transcript import PEAKS_PER_SECOND, AudioTranscript, ChannelTranscript, Segment, Word
from analyzer.reports.call_pages import PageTask, write_pages
from analyzer.store.store import Store
from tests.benchmarks.many_reports import bank, reports
from tests.fakes import ENGINE, OWNER

_SECONDS = 240
_TURNS = 24  # of each side
_SAID = "baik Bapak untuk alamat emailnya mohon disampaikan ya supaya kami catat"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    count = parser.parse_args().calls
    sop = bank()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        calls = []
        for at, report in enumerate(reports(count, sop)):
            recording = Recording(call_id=report.call_id, path=Path(folder) / report.recording, name=report.recording)
            calls.append((StoredCall(recording=recording, audio_sha256=f"{at:064}", key=f"k{at}"), report))
            store.transcripts.finish(f"k{at}", OWNER, _transcript())
        task = PageTask(Path(folder), store.address, sop, "id", 600.0)
        for what in ("first run", "second run"):
            began = time.perf_counter()
            written = write_pages(calls, task, "all")
            took = time.perf_counter() - began
            print(f"{what}: {written.made} pages in {took:.1f} s ({1000 * took / count:.1f} ms a call)")
        sizes = [path.stat().st_size for path in task.folder.glob("*.html")]
        print(f"{sum(sizes) / len(sizes) / 1024:.1f} KiB a page")


def _transcript() -> AudioTranscript:
    """Four minutes, both sides in turn, 530 words, a few of them unsure, pauses between."""
    dice = random.Random(7)  # noqa: S311 - made-up words
    channels = []
    for index in range(2):
        segments = tuple(_segment(5.0 * (2 * turn + index), dice) for turn in range(_TURNS))
        speech = tuple(Span(start=one.start, end=one.end) for one in segments)
        peaks = base64.b64encode(dice.randbytes(_SECONDS * PEAKS_PER_SECOND)).decode()
        channels.append(ChannelTranscript(index=index, speech=speech, segments=segments, peaks=peaks))
    facts = AudioFacts(decoded_seconds=_SECONDS, channels=2)
    return AudioTranscript(audio_sha256="0" * 64, facts=facts, engine=ENGINE, channels=tuple(channels))


def _segment(start: float, dice: random.Random) -> Segment:
    words = []
    for text in _SAID.split():
        start += dice.random() * 0.2
        length = 0.1 + dice.random() * 0.3
        words.append(Word(start=start, end=start + length, text=text, probability=0.4 + 0.6 * dice.random()))
        start += length
    return Segment(start=words[0].start, end=words[-1].end, text=_SAID, words=tuple(words))


if __name__ == "__main__":
    main()
