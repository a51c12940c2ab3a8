"""Word error rate and word-start error of kept transcripts against the words that were really spoken.

    python samples/measure_words.py RESULTS [FOLDER]

RESULTS is the --out folder of `analyzer score FOLDER`; FOLDER (default samples/calls) holds reference.jsonl. Words
are compared per channel, lower case and without punctuation; a mono mix is compared as one stream.
"""

import json
import re
import statistics
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from analyzer.models.recording import Recording
from analyzer.models.transcript import AudioTranscript
from analyzer.sources.discover import find_recordings
from analyzer.sources.manifest import read_manifest
from analyzer.store.store import Store

ROOT = Path(__file__).parent.parent

Timed = tuple[str, float]  # a word and its start in seconds


@dataclass
class Tally:
    """Errors and reference words so far, and how far off the starts of right words were."""

    errors: int = 0
    words: int = 0
    starts: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Word error rate."""
        return self.errors / self.words if self.words else 0.0

    @property
    def start_error(self) -> float:
        """Median seconds between the spoken and the recognised start of a word."""
        return statistics.median(self.starts) if self.starts else 0.0

    def compare(self, spoken: Sequence[Timed], heard: Sequence[Timed]) -> None:
        """Add one stream."""
        first, second = [word for word, _ in spoken], [word for word, _ in heard]
        self.errors += Levenshtein.distance(first, second)
        self.words += len(first)
        for block in Levenshtein.editops(first, second).as_matching_blocks():
            for offset in range(block.size):
                self.starts.append(abs(spoken[block.a + offset][1] - heard[block.b + offset][1]))

    def add(self, other: "Tally") -> None:
        """Add another tally."""
        self.errors, self.words = self.errors + other.errors, self.words + other.words
        self.starts.extend(other.starts)


def measure(results: Path, folder: Path) -> dict[str, Tally]:
    """Tally by call id."""
    references = {row["call_id"]: row for row in map(json.loads, (folder / "reference.jsonl").open(encoding="utf-8"))}
    intake = find_recordings([folder], rows=read_manifest(folder / "manifest.csv"))
    with closing(Store(results)) as store:
        keys = {call.recording.name: call.key for call in store.run_of(results).calls}
        return {
            recording.call_id: _call(references[recording.call_id], _transcript(store, keys, recording))
            for recording in intake.recordings
            if recording.call_id in references
        }


def _transcript(store: Store, keys: dict[str, str | None], recording: Recording) -> AudioTranscript:
    key = keys.get(recording.name)
    found = store.transcripts.get(key) if key else None
    if not isinstance(found, AudioTranscript):
        raise SystemExit(f"{recording.name}: no transcript in these results; score the folder first")
    return found


def _call(reference: dict[str, Any], transcript: AudioTranscript) -> Tally:
    channels = [_heard(transcript, index) for index in range(len(transcript.channels))]
    if len(channels) == 1:
        tally = Tally()
        tally.compare(_spoken(reference, ("agent", "customer")), channels[0])
        return tally
    tries = []
    for sides in (("agent", "customer"), ("customer", "agent")):  # the better assignment is the true one
        tally = Tally()
        for speaker, words in zip(sides, channels, strict=True):
            tally.compare(_spoken(reference, (speaker,)), words)
        tries.append(tally)
    return min(tries, key=lambda tally: tally.errors)


def _heard(transcript: AudioTranscript, index: int) -> list[Timed]:
    words = [word for segment in transcript.channels[index].segments for word in segment.words or ()]
    return [(part, word.start) for word in words for part in _parts(word.text)]


def _spoken(reference: dict[str, Any], speakers: Sequence[str]) -> list[Timed]:
    words = [word for turn in reference["turns"] if turn["speaker"] in speakers for word in turn["words"]]
    return [(part, start) for text, start, _ in sorted(words, key=lambda word: word[1]) for part in _parts(text)]


def _parts(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def main() -> None:
    """Print a line a call and the total."""
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "samples" / "calls"
    total = Tally()
    for call_id, tally in measure(Path(sys.argv[1]), folder).items():
        print(f"{call_id:28} {tally.rate:6.1%} of {tally.words:4} words, start off by {tally.start_error:.2f} s")
        total.add(tally)
    print(f"{'all':28} {total.rate:6.1%} of {total.words:4} words, start off by {total.start_error:.2f} s")


if __name__ == "__main__":
    main()
