"""Load and check phrase banks."""

from analyzer.phrases.expand import expand
from analyzer.phrases.load import load_bank

__all__ = ["expand", "load_bank"]
