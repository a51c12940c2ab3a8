"""Findings to score and verdict."""

from analyzer.score.scoring import score

__all__ = ["score"]
