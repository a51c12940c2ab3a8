"""Which recordings are taken for complete, by their files' times alone."""

import os
import time
from pathlib import Path

import pytest

from analyzer.sources.discover import find_recordings, other_leg
from analyzer.sources.file_stability import StabilityMonitor, StabilityResult, StabilitySettings, check_stability
from analyzer.sources.manifest import read_manifest

LONG_AGO = 10_000.0


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def age(self, seconds: float) -> None:
        self.now += seconds


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(b"sound")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began + clock.now)
    return clock


def names(found: StabilityResult) -> tuple[list[str], list[str]]:
    return [recording.name for recording in found.ready], [one.name for one in found.later]


def checked(monitor: StabilityMonitor, folder: Path) -> tuple[list[str], list[str]]:
    manifest = folder / "manifest.csv"
    rows = read_manifest(manifest) if manifest.exists() else None
    return names(monitor.check(find_recordings([folder], rows=rows).recordings, rows))


def make_monitor(clock: Clock) -> StabilityMonitor:
    return StabilityMonitor(StabilitySettings(quiet_seconds=30, leg_seconds=600), clock)


def test_a_recording_is_ready_when_it_was_the_same_for_long_enough(clock: Clock, tmp_path: Path):
    monitor = make_monitor(clock)
    put(tmp_path, "a.wav")
    assert checked(monitor, tmp_path) == ([], ["a.wav"])
    clock.age(29)
    assert checked(monitor, tmp_path) == ([], ["a.wav"])
    put(tmp_path, "a.wav", "b.wav")
    clock.age(2)
    assert checked(monitor, tmp_path) == ([], ["a.wav", "b.wav"])
    clock.age(31)
    assert checked(monitor, tmp_path) == (["a.wav", "b.wav"], [])


def test_an_old_time_alone_proves_nothing_for_copying_may_keep_it(clock: Clock, tmp_path: Path):
    monitor = make_monitor(clock)
    put(tmp_path, "a.wav")
    os.utime(tmp_path / "a.wav", (1, 1))
    assert checked(monitor, tmp_path) == ([], ["a.wav"])
    clock.age(31)
    assert checked(monitor, tmp_path) == (["a.wav"], [])
    put(tmp_path, "a.wav")
    os.utime(tmp_path / "a.wav", (1, 1))
    assert checked(monitor, tmp_path) == ([], ["a.wav"])  # its size changed


def test_a_clock_that_is_ahead_delays_nothing(clock: Clock, tmp_path: Path):
    monitor = make_monitor(clock)
    put(tmp_path, "a.wav")
    os.utime(tmp_path / "a.wav", (time.time() + LONG_AGO, time.time() + LONG_AGO))
    assert checked(monitor, tmp_path) == ([], ["a.wav"])
    clock.age(31)
    assert checked(monitor, tmp_path) == (["a.wav"], [])


def test_a_leg_waits_for_the_other_and_goes_alone_when_it_never_comes(clock: Clock, tmp_path: Path):
    monitor = make_monitor(clock)
    put(tmp_path, "x-agent.wav", "y-customer.wav")
    assert checked(monitor, tmp_path) == ([], ["x-agent.wav", "y-customer.wav"])
    clock.age(500)
    assert checked(monitor, tmp_path) == ([], ["x-agent.wav", "y-customer.wav"])
    put(tmp_path, "x-customer.wav")
    clock.age(31)
    checked(monitor, tmp_path)
    clock.age(31)
    assert checked(monitor, tmp_path) == (["x-agent.wav"], ["y-customer.wav"])
    clock.age(60)
    assert checked(monitor, tmp_path) == (["x-agent.wav", "y-customer.wav"], [])


def test_a_leg_named_by_the_manifest_is_waited_for(clock: Clock, tmp_path: Path):
    monitor = make_monitor(clock)
    (tmp_path / "manifest.csv").write_text("file,customer_file\n1.wav,2.wav\n")
    put(tmp_path, "1.wav", "3.wav")
    checked(monitor, tmp_path)
    clock.age(31)
    assert checked(monitor, tmp_path) == (["3.wav"], ["1.wav"])
    clock.age(600)
    assert checked(monitor, tmp_path) == (["1.wav", "3.wav"], [])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("x-agent.wav", "x-customer.wav"),
        ("x.CUSTOMER.WAV", "x.AGENT.WAV"),
        ("x_Agent.mp3", "x_Customer.mp3"),
        ("x.wav", None),
        ("agent.wav", None),
    ],
)
def test_the_other_leg_s_name(name: str, other: str | None, tmp_path: Path):
    put(tmp_path, name)
    (recording,) = find_recordings([tmp_path]).recordings
    assert other_leg(recording, None) == (tmp_path / other if other else None)


def test_one_check_leaves_what_grows_and_waits_for_nothing_else(clock: Clock, tmp_path: Path):
    put(tmp_path, "old.wav")
    clock.age(100)
    waited: list[float] = []
    recordings = find_recordings([tmp_path]).recordings
    assert names(check_stability(recordings, StabilitySettings(), sleep=waited.append)) == (["old.wav"], [])
    assert waited == []
    now = time.time()
    put(tmp_path, "new.wav", "done.wav")
    for name in ("new.wav", "done.wav"):
        os.utime(tmp_path / name, (now, now))

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        put(tmp_path, "new.wav")

    recordings = find_recordings([tmp_path]).recordings
    result = check_stability(recordings, StabilitySettings(), sleep=sleep)
    assert names(result) == (["done.wav", "old.wav"], ["new.wav"])
    assert waited == [StabilitySettings().recheck_seconds]


@pytest.mark.parametrize("unfinished", ["x-customer.wav.part", "x-customer.wav.filepart", ".x-customer.wav.Xy12"])
def test_a_leg_whose_other_is_still_copied_is_left_for_later(unfinished: str, clock: Clock, tmp_path: Path):
    put(tmp_path, "x-agent.wav", "z-agent.wav", unfinished)
    clock.age(100)
    recordings = find_recordings([tmp_path]).recordings
    assert names(check_stability(recordings, StabilitySettings())) == (["z-agent.wav"], ["x-agent.wav"])
