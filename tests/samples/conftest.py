"""The samples are plain scripts beside the product, so their folders are put on the path here."""

import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
for folder in (SAMPLES / "training", SAMPLES):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
