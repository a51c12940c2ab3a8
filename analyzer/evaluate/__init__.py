"""How right are the findings: reports against labels, with intervals that say how much the labels can tell."""

from analyzer.evaluate.figures import Evaluation, evaluate
from analyzer.evaluate.labels import Label, read_labels

__all__ = ["Evaluation", "Label", "evaluate", "read_labels"]
