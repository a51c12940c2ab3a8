"""Make the sample calls again from their scripts: `python samples/make_calls.py` (needs the package espeak-ng).

Writes audio, manifest, labels and true timing to samples/calls, and the same for calls worded outside the
training grammar to samples/heldout. Same scripts and same library versions, same bytes.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Two plain folders of scripts, no packages: what reads words aloud is shared with the training program.
sys.path[:0] = [str(HERE), str(HERE / "training")]

from synthesis.formats import write_call  # noqa: E402
from synthesis.line import Placed, mix  # noqa: E402
from synthesis.outputs import write_labels, write_manifest, write_reference  # noqa: E402
from synthesis.script import Script, read_scripts  # noqa: E402

SETS = {"calls": HERE / "call_scripts", "heldout": HERE / "call_scripts" / "heldout"}


def make_call(script: Script, folder: Path) -> tuple[Placed, ...]:
    """Speak, mix and write one call; its turns with their true times."""
    mixed = mix(script)
    write_call(script, mixed, folder)
    return mixed.turns


def make_set(scripts: list[Script], folder: Path, workers: int) -> None:
    """Every call of a folder, each in a process of its own, and the files that describe them."""
    folder.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1) as pool:
        turns = list(pool.map(make_call, scripts, [folder] * len(scripts)))
    placed = {script.call_id: times for script, times in zip(scripts, turns, strict=True)}
    write_reference(folder / "reference.jsonl", placed)
    write_manifest(folder / "manifest.csv", scripts)
    labelled = [script for script in scripts if script.labels]
    if labelled:
        write_labels(folder / "labels.jsonl", labelled)


def main() -> None:
    """Parse, then make both sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder that gets calls/ and heldout/")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    for name, folder in SETS.items():
        scripts = read_scripts(folder)
        make_set(scripts, args.out / name, args.workers)
        sys.stderr.write(f"{args.out / name}: {len(scripts)} calls\n")


if __name__ == "__main__":
    main()
