"""Wordings that a bank lacks: near misses grouped into proposed variants, each tried on the whole bank."""

from analyzer.suggest.near import NearMisses, near_misses
from analyzer.suggest.proposals import Proposal, Suggestions, suggest

__all__ = ["NearMisses", "Proposal", "Suggestions", "near_misses", "suggest"]
