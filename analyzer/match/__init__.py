"""Finding what an SOP asks for in a transcript."""

from analyzer.match.matcher import Matcher

__all__ = ["Matcher"]
