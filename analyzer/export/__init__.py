"""What a run leaves behind for people: the files of a results folder."""

from analyzer.export.pages import Written, heard_of, labels_of, told_apart
from analyzer.export.results import Results, Scored, write_results

__all__ = ["Results", "Scored", "Written", "heard_of", "labels_of", "told_apart", "write_results"]
