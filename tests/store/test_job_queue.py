"""The one state machine, on both databases: every change of state, and what happens between two owners."""

import random

import pytest

from analyzer.models.transcript import FailedTranscript
from analyzer.store.job_queue import CRASHES_MAX, LOST_MAX, JobCounts
from analyzer.store.store import Store
from tests.store.jobs import at_once, attempts, claim_all, expire, heard, job, rows

ONE, TWO = "machine-1", "machine-2"


def claimed(store: Store, keys: str, owner: str = ONE) -> str:
    return "".join(claim.job.key for claim in store.queue.claim(list(keys), owner))


def given(store: Store, keys: str) -> None:
    store.queue.enqueue([job(key) for key in keys])


def test_a_job_is_claimed_by_one_done_and_not_claimed_again(store: Store):
    given(store, "abc")
    assert claimed(store, "cab") == "cab"
    assert claimed(store, "abc", TWO) == ""
    assert store.queue.owners() == (ONE,)
    store.transcripts.finish("a", ONE, heard())
    assert store.queue.counts() == JobCounts(running=2, done=1)
    assert claimed(store, "a", TWO) == ""
    assert store.transcripts.get("a") == heard()
    assert attempts(store) == [("a", ONE, "done"), ("b", ONE, None), ("c", ONE, None)]


def test_a_claim_carries_the_whole_job(store: Store):
    store.queue.enqueue([job("a", seconds=12.5)])
    (claim,) = store.queue.claim(["a"], ONE)
    assert (claim.job, claim.attempt, claim.alone) == (job("a", seconds=12.5), 1, False)
    assert store.queue.job("a") == claim.job
    assert store.queue.job("other") is None
    assert store.queue.claim(["other"], ONE) == ()
    assert store.queue.claim([], ONE) == ()


def test_what_waits_is_done_where_the_recording_is_now(store: Store):
    store.queue.enqueue([job("a", path="/old/a.wav")])
    store.queue.enqueue([job("a", path="/new/a.wav")])
    assert str(store.queue.claim(["a"], ONE)[0].job.recording.path) == "/new/a.wav"
    store.queue.enqueue([job("a", path="/third/a.wav")])  # it runs: nothing changes under the worker
    assert str((store.queue.job("a") or job("x")).recording.path) == "/new/a.wav"


def test_done_and_failed_jobs_asked_for_again_begin_anew(store: Store):
    given(store, "ab")
    claimed(store, "ab")
    store.transcripts.finish("a", ONE, heard())
    store.queue.mark_crashed("b", ONE, "crashed", "died")
    given(store, "ab")
    assert store.queue.states(["a", "b"]) == {"a": "pending", "b": "pending"}
    claims = {claim.job.key: claim for claim in store.queue.claim(["a", "b"], TWO)}
    assert (claims["a"].attempt, claims["a"].alone) == (2, False)
    assert (claims["b"].attempt, claims["b"].alone) == (2, True)  # it waited with its history


def test_what_another_command_ended_meanwhile_stays_ended(store: Store):
    given(store, "abc")
    claimed(store, "abc")
    store.transcripts.finish("a", ONE, heard())
    since = store.queue.now()
    store.transcripts.finish("b", ONE, heard("b"))
    store.queue.mark_failed("c", ONE, "no good")
    store.queue.enqueue([job(key) for key in "abcd"], since)
    assert store.queue.states([*"abcd"]) == {"a": "pending", "b": "done", "c": "failed", "d": "pending"}
    given(store, "bc")
    assert store.queue.counts() == JobCounts(pending=4)


def test_kept_twice_is_kept_once(store: Store):
    given(store, "a")
    claimed(store, "a")
    for _ in range(2):
        store.transcripts.finish("a", ONE, heard())
    assert attempts(store) == [("a", ONE, "done")]
    assert rows(store, "SELECT count(*) FROM transcripts") == [(1,)]
    assert store.queue.counts() == JobCounts(done=1)


def test_an_unreadable_recording_is_failed_with_its_reason(store: Store):
    given(store, "a")
    claimed(store, "a")
    failure = FailedTranscript(audio_sha256="0", name="a.wav", error="a.wav: empty file")
    store.transcripts.finish("a", ONE, failure)
    assert store.queue.states(["a"]) == {"a": "failed"}
    assert store.transcripts.get("a") == failure
    assert attempts(store) == [("a", ONE, "unreadable")]


def test_a_crash_is_tried_again_alone_and_given_up_at_last(store: Store):
    given(store, "a")
    for number in range(1, CRASHES_MAX + 1):
        (claim,) = store.queue.claim(["a"], ONE)
        assert claim.alone == (number > 1)
        assert store.queue.mark_crashed("a", ONE, "crashed", "a.wav: died") == (number == CRASHES_MAX)
    assert claimed(store, "a") == ""
    kept = store.transcripts.get("a")
    assert isinstance(kept, FailedTranscript)
    assert kept.error == "a.wav: died"
    assert [outcome for _, _, outcome in attempts(store)] == ["crashed"] * CRASHES_MAX


def test_who_shared_the_worker_of_a_crash_is_not_blamed_but_tried_alone(store: Store):
    given(store, "a")
    for _ in range(CRASHES_MAX + 1):
        claimed(store, "a")
        assert not store.queue.mark_crashed("a", ONE, "crashed", "died", shared=True)
    assert store.queue.claim(["a"], ONE)[0].alone


def test_a_worker_that_died_after_it_kept_its_result_takes_nothing_back(store: Store):
    given(store, "a")
    claimed(store, "a")
    store.transcripts.finish("a", ONE, heard())
    assert not store.queue.mark_crashed("a", ONE, "crashed", "died")
    assert store.queue.counts() == JobCounts(done=1)


def test_what_cannot_be_done_is_failed_at_once_but_only_by_its_owner(store: Store):
    given(store, "a")
    claimed(store, "a")
    store.queue.mark_failed("a", TWO, "not mine")
    assert store.queue.states(["a"]) == {"a": "running"}
    store.queue.mark_failed("a", ONE, "a.wav: changed")
    assert store.queue.states(["a"]) == {"a": "failed"}


def test_a_withdrawn_job_is_gone_without_a_failure_and_may_come_again(store: Store):
    given(store, "ab")
    claimed(store, "ab")
    store.queue.withdraw("a", TWO, "not mine")
    assert store.queue.states(["a"]) == {"a": "running"}
    store.queue.withdraw("a", ONE, "a.wav: was changed")
    assert store.queue.counts() == JobCounts(running=1)
    assert attempts(store) == [("a", ONE, "withdrawn"), ("b", ONE, None)]
    given(store, "a")
    assert claimed(store, "a", TWO) == "a"


def test_an_interrupted_owner_gives_back_without_blame(store: Store):
    given(store, "abc")
    claimed(store, "ab")
    claimed(store, "c", TWO)
    assert store.queue.release(ONE) == 2
    assert store.queue.states(list("abc")) == {"a": "pending", "b": "pending", "c": "running"}
    (claim,) = store.queue.claim(["a"], TWO)
    assert (claim.attempt, claim.alone) == (2, False)


def test_what_is_lost_too_often_takes_machines_down_and_is_given_up(store: Store):
    given(store, "a")
    for number in range(LOST_MAX):
        (claim,) = store.queue.claim(["a"], ONE)
        assert claim.alone == (number > 1)
        assert store.queue.mark_lost(ONE) == 1
    assert store.queue.states(["a"]) == {"a": "failed"}
    assert store.queue.mark_lost(ONE) == 0


def test_what_went_down_with_one_machine_is_given_back_and_the_rest_stays(store: Store):
    given(store, "abc")
    claimed(store, "abc")
    store.transcripts.finish("c", ONE, heard())  # just before
    assert store.queue.mark_lost(ONE, ["a", "c"]) == 1
    assert store.queue.counts() == JobCounts(pending=1, running=1, done=1)
    assert store.queue.release(ONE, ["b"]) == 1
    assert attempts(store) == [("a", ONE, "lost"), ("b", ONE, "released"), ("c", ONE, "done")]
    assert rows(store, "SELECT key, lost FROM work ORDER BY key") == [("a", 1), ("b", 0), ("c", 0)]


def test_a_machine_taken_for_dead_that_finishes_late_doubles_nothing(store: Store):
    given(store, "a")
    claimed(store, "a")
    store.queue.mark_lost(ONE, ["a"])
    claimed(store, "a")  # by the same command, for another machine
    store.transcripts.finish("a", ONE, heard())
    store.transcripts.finish("a", ONE, heard())
    assert rows(store, "SELECT count(*) FROM transcripts") == [(1,)]
    assert attempts(store) == [("a", ONE, "lost"), ("a", ONE, "done")]
    assert store.queue.counts() == JobCounts(done=1)


def test_the_length_of_known_work_is_told(store: Store):
    store.queue.enqueue([job("a", seconds=12.5)])
    assert store.queue.seconds(["a", "b"]) == {"a": 12.5}
    assert store.queue.seconds([]) == {}


def test_a_lease_that_ran_out_is_anybodys_and_the_first_owner_hears_of_it(store: Store):
    given(store, "ab")
    claimed(store, "ab")
    assert claimed(store, "ab", TWO) == ""
    expire(store)
    assert claimed(store, "a", TWO) == "a"
    assert store.queue.heartbeat(["a", "b"], ONE) == {"b"}  # renewed just in time
    assert claimed(store, "b", TWO) == ""
    assert attempts(store) == [("a", ONE, "lost"), ("a", TWO, None), ("b", ONE, None)]


def test_both_owners_of_a_lost_lease_finish_and_the_call_is_there_once(store: Store):
    given(store, "a")
    claimed(store, "a")
    expire(store)
    claimed(store, "a", TWO)
    store.transcripts.finish("a", ONE, heard())  # stalled, not dead
    store.transcripts.finish("a", TWO, heard())
    assert rows(store, "SELECT count(*) FROM transcripts") == [(1,)]
    assert attempts(store) == [("a", ONE, "lost"), ("a", TWO, "done")]
    assert store.queue.counts() == JobCounts(done=1)


def test_a_late_failure_does_not_replace_what_the_new_owner_kept(store: Store):
    given(store, "a")
    claimed(store, "a")
    expire(store)
    claimed(store, "a", TWO)
    store.transcripts.finish("a", TWO, heard())
    store.transcripts.finish("a", ONE, FailedTranscript(audio_sha256="0", error="a.wav: no longer there"))
    assert store.transcripts.get("a") == heard()
    assert store.queue.counts() == JobCounts(done=1)


@pytest.mark.slow
def test_many_processes_never_claim_one_job_twice_and_miss_none(store_address: str):
    store = Store(store_address)
    keys = [f"{number:03}" for number in range(240)]
    store.queue.enqueue([job(key) for key in keys])
    orders = [random.Random(seed).sample(keys, len(keys)) for seed in range(4)]  # noqa: S311
    got = at_once(claim_all, [(store_address, f"o{n}", order) for n, order in enumerate(orders)])
    assert sorted(key for part in got for key in part) == keys
    assert sum(1 for part in got if part) >= 2, "one process did everything: nothing was tested"
    by_owner = {(str(key), str(owner)) for key, owner, _ in attempts(store)}
    assert by_owner == {(key, f"o{n}") for n, part in enumerate(got) for key in part}
    store.close()
