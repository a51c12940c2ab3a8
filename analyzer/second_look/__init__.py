"""Undecided steps are looked for again in the audio, and both readings are weighed."""

from analyzer.second_look.places import wanted_spans
from analyzer.second_look.weighing import Weighed, weigh

__all__ = ["Weighed", "wanted_spans", "weigh"]
