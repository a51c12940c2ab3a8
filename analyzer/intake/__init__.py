"""From paths on the command line to calls: which files are recordings, which belong together, what is known."""

from analyzer.intake.discover import Intake, find_recordings
from analyzer.intake.manifest import Manifest, NamePattern, manifest_in, read_manifest
from analyzer.intake.settle import SettleSettings, Settling, Sorted, glance, marks_of, written_on

__all__ = [
    "Intake",
    "Manifest",
    "NamePattern",
    "SettleSettings",
    "Settling",
    "Sorted",
    "find_recordings",
    "glance",
    "manifest_in",
    "marks_of",
    "read_manifest",
    "written_on",
]
