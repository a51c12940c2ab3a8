"""Tells recordings that are complete from those that are still written: half a call looks like missed steps.

A recording is incomplete when its size or time changes, when it was changed a moment ago, or when its other leg is
being copied under a temporary name. Recorders and copying tools either rename a file when it is complete or write to
it until its size stays the same, so these are the two signs.
"""

import glob
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from analyzer.audio.identity import FileStamps, stamps_of_files
from analyzer.models.base import Frozen
from analyzer.models.recording import Recording
from analyzer.sources.discover import RowSource, other_leg

_INCOMPLETE_SUFFIXES = (
    ".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", ".inprogress",
)


class StabilitySettings(Frozen):
    """When a recording counts as complete; seconds."""

    quiet_seconds: float = Field(
        30.0, ge=0, description="unchanged for this long: a recorder's 64 kB buffer holds 32 s of 16 kbit/s MP3"
    )
    recheck_seconds: float = Field(
        2.0, ge=0, description="the same where a person waits: a 4 kB buffer holds half a second of 8 kHz u-law"
    )
    leg_seconds: float = Field(
        600.0, ge=0, description="a leg counts as a call without other leg when that has not come by then"
    )


@dataclass(frozen=True)
class StabilityResult:
    """Recordings that may be scored, and those that are left for later."""

    ready: tuple[Recording, ...]
    later: tuple[Recording, ...]
    stamps: Mapping[str, FileStamps] = field(default_factory=dict)
    """size and times of each recording's files by its name; empty from `check_stability`"""


def check_stability(
    recordings: Sequence[Recording],
    settings: StabilitySettings,
    *,
    rows: RowSource | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> StabilityResult:
    """Sort recordings by one look, and a second one after `recheck_seconds` at those that changed just now."""
    recent: dict[str, FileStamps] = {}
    for recording in recordings:
        stamps = file_stamps(recording)
        if stamps is not None and _age(stamps) < settings.recheck_seconds:
            recent[recording.name] = stamps
    if recent:
        sleep(settings.recheck_seconds)
    ready: list[Recording] = []
    later: list[Recording] = []
    for recording in recordings:
        changing = recording.name in recent and changed_since(recording, recent[recording.name])
        (later if changing or _other_leg_incomplete(recording, rows) else ready).append(recording)
    return StabilityResult(tuple(ready), tuple(later))


@dataclass
class StabilityMonitor:
    """Checks a folder's recordings repeatedly, and remembers when each was seen to change last."""

    settings: StabilitySettings
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[FileStamps, float]] = field(default_factory=dict)

    def check(self, recordings: Sequence[Recording], rows: RowSource | None) -> StabilityResult:
        """Sort the recordings that are there now; those that are gone are in neither part."""
        now = self.clock()
        before, self._seen = self._seen, {}
        ready: list[Recording] = []
        later: list[Recording] = []
        for recording in recordings:
            stamps = file_stamps(recording)
            if stamps is None:
                continue  # gone
            previous, since = before.get(recording.name, (None, now))
            since = since if previous == stamps else now
            self._seen[recording.name] = (stamps, since)
            unpaired = other_leg(recording, rows) is not None
            min_age = self.settings.leg_seconds if unpaired else self.settings.quiet_seconds
            quiet = now - since >= self.settings.quiet_seconds and not 0 <= _age(stamps) < min_age
            (ready if quiet else later).append(recording)
        return StabilityResult(tuple(ready), tuple(later), {name: stamps for name, (stamps, _) in self._seen.items()})


def file_stamps(recording: Recording) -> FileStamps | None:
    """Sizes and times of a recording's files; None when one is not there."""
    return stamps_of_files(recording.files)


def changed_since(recording: Recording, before: FileStamps | None) -> bool:
    """True when the recording's files are there, and differ from `before`."""
    now = file_stamps(recording)
    return now is not None and now != before


def _age(stamps: FileStamps) -> float:
    """Seconds since the newest file was changed; below 0 when another machine's clock is ahead of ours."""
    return time.time() - max(stamp.changed for stamp in stamps)


def _other_leg_incomplete(recording: Recording, rows: RowSource | None) -> bool:
    """True when the missing leg is there under a temporary name (rsync's begins with a dot)."""
    leg = other_leg(recording, rows)
    if leg is None:
        return False
    hidden = leg.parent.glob(f".{glob.escape(leg.name)}*")
    return any(leg.with_name(f"{leg.name}{suffix}").exists() for suffix in _INCOMPLETE_SUFFIXES) or any(hidden)
