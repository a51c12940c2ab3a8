"""Everything from nothing: sentences, speech, training, packing, measuring.

    python samples/training/build.py WORK MODEL [--until 90]

WORK is a scratch folder (2 GB; shards and checkpoints are kept, so the same command goes on where it
stopped), MODEL the folder to write.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SHARDS: Final = 72
MAKERS: Final = 2


def command(program: str, *options: str | Path) -> list[str]:
    """A program of this folder, with this interpreter."""
    return [sys.executable, str(HERE / program), *map(str, options)]


def make_speech(folder: Path) -> None:
    """All training shards, two makers at once."""
    makers = [
        subprocess.Popen(
            command(
                "synth.py", folder, "--first", str(first), "--last", str(SHARDS - 1), "--step", str(MAKERS)
            )
        )
        for first in range(MAKERS)
    ]
    if any(maker.wait() for maker in makers):
        raise SystemExit("a maker of speech failed; its message is above")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--until", default="90", help="end of training as HH:MM, or minutes from its start")
    args = parser.parse_args()
    shards = args.work / "data" / "train"
    make_speech(shards)
    subprocess.run(command("damage.py", shards), check=True)
    subprocess.run(command("train.py", args.work, "--until", args.until), check=True)
    subprocess.run(command("pack.py", args.work, args.model), check=True)
    calls = args.work / "eval"
    subprocess.run(command("make_eval.py", calls), check=True)
    modes = ("--mode", "vad", "batched", "sequential")
    subprocess.run(
        command("evaluate.py", args.model, calls / "grammar", calls / "unseen", *modes), check=True
    )
    subprocess.run(command("evaluate_words.py", args.model), check=True)
    subprocess.run(command("evaluate_silence.py", args.model), check=True)


if __name__ == "__main__":
    main()
