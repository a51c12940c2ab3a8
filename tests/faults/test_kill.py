"""kill -9 at each named point, and at random: the same command goes on, nothing is lost, nothing is done twice."""

import random
import signal
from pathlib import Path

import pytest

from tests.conftest import Ran, Recogniser, kept_transcripts
from tests.faults.commands import PATIENCE, Fault, same_results, score, start
from tests.faults.inject.sitecustomize import POINTS

_PASSED_ONCE = [(point, 1) for point in POINTS if point != "statement"]
_STATEMENTS = 150  # of SQL in an undisturbed run; there are more


def check_that_the_same_command_goes_on(
    fault: Fault, clips: Path, undisturbed: Ran, out: Path, recogniser: Recogniser
) -> None:
    running = start(clips, out, fault, recogniser=recogniser)
    assert running.wait(PATIENCE) == -signal.SIGKILL, "the point was never passed"
    acknowledged = kept_transcripts(out)
    again = score(clips, out=out, recogniser=recogniser)
    assert again.status == 0, again.stderr
    assert same_results(out, undisturbed)
    assert acknowledged.items() <= kept_transcripts(out).items()  # what was kept was not made again


@pytest.mark.slow
@pytest.mark.parametrize(("point", "nth"), [*_PASSED_ONCE, ("after-keeping", 2), ("mid-export", 3)])
def test_a_run_killed_at_a_named_point_is_finished_by_the_same_command(
    point: str, nth: int, clips: Path, undisturbed: Ran, tmp_path: Path
):
    fault = Fault(tmp_path / "fault", point, nth)
    check_that_the_same_command_goes_on(fault, clips, undisturbed, tmp_path / "out", "stub")


@pytest.mark.audio
def test_a_run_killed_while_the_real_model_works_is_finished_by_the_same_command(
    clips: Path, scored_clips: Ran, tmp_path: Path
):
    fault = Fault(tmp_path / "fault", "mid-transcription")
    check_that_the_same_command_goes_on(fault, clips, scored_clips, tmp_path / "out", "whisper")


@pytest.mark.slow
def test_runs_killed_at_random_are_finished_in_the_end(clips: Path, undisturbed: Ran, tmp_path: Path):
    out = tmp_path / "out"
    chance = random.Random(20261124)  # noqa: S311 - the same statements each time
    acknowledged: dict[str, float] = {}
    for number in range(4):
        fault = Fault(tmp_path / f"fault-{number}", "statement", chance.randrange(1, _STATEMENTS))
        assert start(clips, out, fault).wait(PATIENCE) == -signal.SIGKILL
        kept = kept_transcripts(out)
        assert acknowledged.items() <= kept.items()
        acknowledged = kept
    again = score(clips, out=out)
    assert again.status == 0, again.stderr
    assert same_results(out, undisturbed)
    assert acknowledged.items() <= kept_transcripts(out).items()
