"""Errors without and with the second pass on noisy lines: the sample calls with noise added.

    python tests/benchmarks/second_look.py [--work DIR] [SNR...]

SNR: dB between a channel's speech and the noise added to it (default 10 5 0); half of the calls get hiss, the others
the babble of other calls played backwards. Prints, for each level: steps wrongly called missed, wrongly called met
or out of order, unsure, right; and the seconds both took. `--work` keeps audio and transcripts between runs.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from analyzer.analysis.labels import SAID, CallLabels, read_labels
from analyzer.audio.decode import decode_recording
from analyzer.jobs.scoring_run import ScoringRun
from analyzer.models.recording import SAMPLE_RATE, Recording
from analyzer.models.report import Report
from analyzer.models.scoring_options import ScoringOptions
from analyzer.sources.discover import find_recordings
from analyzer.sources.manifest import read_manifest

SAMPLES = Path(__file__).parents[2] / "samples"
Samples = NDArray[np.float32]


def main() -> None:
    """Every noise level without and with the second pass."""
    parser = argparse.ArgumentParser()
    parser.add_argument("snr", nargs="*", type=float, default=[10.0, 5.0, 0.0])
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        print(f"{'':12} {'wrong missed':>12} {'wrong said':>10} {'unsure':>6} {'right':>6} {'of':>4} {'seconds':>8}")
        for snr in arguments.snr:
            folder = work / f"snr{snr:g}"
            if not folder.is_dir():
                make_noisy(folder, snr)
            for name, second in (("first only", False), ("second look", True)):
                began = time.perf_counter()
                reports = score(folder, work / f"snr{snr:g}-results", second=second)
                seconds = time.perf_counter() - began
                print(table_row(f"{snr:g} dB", name, reports, seconds))


def make_noisy(folder: Path, snr: float) -> None:
    """Each sample call, named by its id, with noise over its channels; 16 kHz."""
    calls = [
        (recording.call_id, np.stack([c[:] for c in decode_recording(recording, max_seconds=3600).channels], axis=1))
        for recording in recordings(SAMPLES / "calls")
    ]
    folder.mkdir(parents=True)
    rng = np.random.default_rng(20261124)
    for number, (call_id, clean) in enumerate(calls):
        others = [calls[(number + step) % len(calls)][1] for step in (1, 2, 3)]
        noise = _babble(others, clean.shape) if number % 2 else _white_noise(rng, clean.shape)
        samples = clean.copy()
        for channel in range(samples.shape[1]):
            signal = clean[:, channel]
            speech = signal[np.abs(signal) > np.abs(signal).max() * 0.05]
            power = float(np.mean(speech**2)) / 10 ** (snr / 10)
            samples[:, channel] += noise[:, channel] * np.sqrt(power / float(np.mean(noise[:, channel] ** 2)))
        peak = float(np.abs(samples).max())
        soundfile.write(folder / f"{call_id}.wav", samples / max(1.0, peak), SAMPLE_RATE, subtype="PCM_16")


def _white_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Samples:
    """White noise with its high end lowered, as on a line."""
    white = rng.standard_normal(shape).astype(np.float32)
    return white + np.roll(white, 1, axis=0) + np.roll(white, 2, axis=0)


def _babble(others: Sequence[Samples], shape: tuple[int, ...]) -> Samples:
    """Other calls played backwards, mixed: voices without words."""
    noise = np.zeros(shape, np.float32)
    for other in others:
        noise += np.resize(other[::-1].mean(axis=1), shape[0])[:, None]
    return noise


def recordings(folder: Path) -> tuple[Recording, ...]:
    """The calls of a folder, by its manifest when it has one."""
    manifest = folder / "manifest.csv"
    return find_recordings([folder], rows=read_manifest(manifest) if manifest.is_file() else None).recordings


def score(folder: Path, out: Path, *, second: bool) -> list[Report]:
    """Reports as `analyzer score` makes them; transcripts are kept in `out`."""
    request = ScoringOptions(paths=(folder,), out=out, model=str(SAMPLES / "model"), second_look=second, workers=1)
    with ScoringRun(request) as run:
        return list(run.score(recordings(folder)).reports)


def table_row(level: str, name: str, reports: list[Report], seconds: float) -> str:
    """One row of the table."""
    labels: dict[str, CallLabels] = read_labels(SAMPLES / "calls" / "labels.jsonl")
    counts: Counter[str] = Counter()
    for report in reports:
        label = labels.get(report.call_id)
        for step in report.steps if label else ():
            truth = label.steps.get(step.id) if label else None
            counts["of"] += 1
            counts["right"] += step.status == truth
            counts["unsure"] += step.status == "unsure"
            counts["missed"] += step.status == "missed" and truth in SAID
            counts["said"] += step.status in SAID and truth not in SAID
    cells = f"{counts['missed']:12} {counts['said']:10} {counts['unsure']:6} {counts['right']:6} {counts['of']:4}"
    return f"{level:5} {name:12} {cells} {seconds:8.1f}"


if __name__ == "__main__":
    main()
