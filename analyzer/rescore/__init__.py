"""The same calls under another bank: what comes out differently, and why."""

from analyzer.rescore.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
