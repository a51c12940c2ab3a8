"""From paths on the command line to calls: which files are recordings, which belong together, what is known."""

from analyzer.intake.discover import Intake, find_recordings
from analyzer.intake.manifest import Manifest, NamePattern, manifest_in, read_manifest

__all__ = ["Intake", "Manifest", "NamePattern", "find_recordings", "manifest_in", "read_manifest"]
