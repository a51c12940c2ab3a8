"""Recordings that somebody still writes are left for later: half a call looks like one in which steps were missed.

What tells: files whose size and time change, were changed a moment ago, or whose other leg is still on its way under
a name that is renamed when it is complete (field notes 1: in-progress suffix then rename, or stable size).
"""

import glob
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from analyzer.audio.identity import Marks, marks_of_files
from analyzer.models.base import Frozen
from analyzer.models.recording import Recording
from analyzer.sources.discover import RowSource, other_leg

_ON_ITS_WAY = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", ".inprogress")


class SettleSettings(Frozen):
    """When a recording is taken for complete; seconds."""

    quiet_seconds: float = Field(
        30.0, ge=0, description="unchanged for so long: a recorder's 64 kB buffer holds 32 s of 16 kbit/s MP3"
    )
    glance_seconds: float = Field(
        2.0, ge=0, description="the same where a person waits: a 4 kB buffer holds half a second of 8 kHz u-law"
    )
    leg_seconds: float = Field(
        600.0, ge=0, description="a leg is taken for a call of its own when the other has not come by then"
    )


@dataclass(frozen=True)
class Sorted:
    """Recordings that may be scored, and those that are left for later."""

    ready: tuple[Recording, ...]
    later: tuple[Recording, ...]
    marks: Mapping[str, Marks] = field(default_factory=dict)  # by name, from `Settling`: what files looked like


def glance(
    recordings: Sequence[Recording],
    settings: SettleSettings,
    *,
    rows: RowSource | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Sorted:
    """Look once, and a second time after a moment at those that changed just now."""
    young: dict[str, Marks] = {}
    for one in recordings:
        marks = marks_of(one)
        if marks is not None and _age(marks) < settings.glance_seconds:
            young[one.name] = marks
    if young:
        sleep(settings.glance_seconds)
    ready: list[Recording] = []
    later: list[Recording] = []
    for one in recordings:
        changing = one.name in young and written_on(one, young[one.name])
        (later if changing or _leg_on_its_way(one, rows) else ready).append(one)
    return Sorted(tuple(ready), tuple(later))


@dataclass
class Settling:
    """Looks again and again, as a watch does; remembers when it saw each recording change last."""

    settings: SettleSettings
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[Marks, float]] = field(default_factory=dict)

    def look(self, recordings: Sequence[Recording], rows: RowSource | None) -> Sorted:
        """Sort what is there now; what is gone is in neither part."""
        now = self.clock()
        before, self._seen = self._seen, {}
        ready: list[Recording] = []
        later: list[Recording] = []
        for one in recordings:
            marks = marks_of(one)
            if marks is None:
                continue  # gone
            known, since = before.get(one.name, (None, now))
            since = since if known == marks else now
            self._seen[one.name] = (marks, since)
            alone = other_leg(one, rows) is not None
            wanted = self.settings.leg_seconds if alone else self.settings.quiet_seconds
            quiet = now - since >= self.settings.quiet_seconds and not 0 <= _age(marks) < wanted
            (ready if quiet else later).append(one)
        return Sorted(tuple(ready), tuple(later), {name: marks for name, (marks, _) in self._seen.items()})


def marks_of(recording: Recording) -> Marks | None:
    """What tells whether a recording's files were changed; None when one is not there."""
    return marks_of_files([recording.path, *([recording.customer_leg] if recording.customer_leg else [])])


def written_on(recording: Recording, before: Marks | None) -> bool:
    """True when the recording is there, and not as it was."""
    now = marks_of(recording)
    return now is not None and now != before


def _age(marks: Marks) -> float:
    """Seconds since a file of these was changed last; below 0 when another machine's clock is ahead of ours."""
    return time.time() - max(mark.changed for mark in marks)


def _leg_on_its_way(recording: Recording, rows: RowSource | None) -> bool:
    """Whether the missing leg is there under a name that it has until it is complete (rsync's begins with a dot)."""
    leg = other_leg(recording, rows)
    if leg is None:
        return False
    hidden = leg.parent.glob(f".{glob.escape(leg.name)}*")
    return any(leg.with_name(f"{leg.name}{suffix}").exists() for suffix in _ON_ITS_WAY) or any(hidden)
