"""What a run leaves behind for people: the files of a results folder."""

from analyzer.export.pages import Written, heard_of
from analyzer.export.results import Scored, labels_of, write_results

__all__ = ["Scored", "Written", "heard_of", "labels_of", "write_results"]
