"""Files, reports, runs and names that no database likes, on both databases."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.models.bank import RENAMED_KEYS
from analyzer.models.recording import CallMetadata, Recording
from analyzer.models.report import Report
from analyzer.models.run import StoredCall, StoredRun
from analyzer.models.transcript import FailedTranscript, SecondPassTranscript
from analyzer.pipeline.score import TEXT_ENGINE, Scorer
from analyzer.store.database import compress
from analyzer.store.results import StoredReport, call_key
from analyzer.store.store import Store
from analyzer.store.tables import banks
from analyzer.store.transcripts import FileState
from tests.fakes import ENGINE
from tests.store.jobs import heard, job, rows

ODD = "kéluhan-电力-😡-\u202e-\x01-\udcff"  # what a recorder's disk may hold; the last is a byte that is no UTF-8


def call(name: str, **about: str) -> StoredCall:
    recording = Recording(call_id=name, path=Path(f"{name}.wav"), name=f"{name}.wav", metadata=CallMetadata(**about))
    return StoredCall(recording=recording, audio_sha256="0" * 64, key="k")


def report(kept: StoredCall) -> Report:
    return Scorer(load_bank(shipped_bank())).unscorable(kept.recording, f"{kept.recording.name}: no", None, TEXT_ENGINE)


def run(*calls: StoredCall) -> StoredRun:
    return StoredRun(engine=ENGINE, max_seconds=60, calls=calls)


def test_files_are_known_by_place_and_the_newest_state_counts(store: Store):
    states = {f"/calls/{n}.wav": FileState(n, n * 10**15, f"{n:064}") for n in range(1200)}
    store.files.put(states)
    store.files.put({"/calls/3.wav": FileState(4, 4, "new")})
    found = store.files.known([*states, "/calls/other.wav"])
    assert found == {**states, "/calls/3.wav": FileState(4, 4, "new")}


def test_a_report_replaces_the_earlier_one_of_its_call_with_its_findings(store: Store):
    kept = call("a")
    first, second = report(kept), report(kept).model_copy(update={"score": 50.0, "verdict": "fail"})
    store.reports.put([StoredReport(kept, first, "inputs-1"), StoredReport(call("b"), report(call("b")), "inputs-1")])
    store.reports.put([StoredReport(kept, second, "inputs-2")])
    assert store.reports.get([call_key(kept), "other"]) == {call_key(kept): second}
    assert store.reports.inputs([call_key(kept), call_key(call("b"))]) == {
        call_key(kept): "inputs-2", call_key(call("b")): "inputs-1",
    }
    assert rows(store, "SELECT count(*) FROM reports") == [(2,)]
    assert rows(store, "SELECT count(*) FROM calls") == [(2,)]
    steps = len(second.steps)
    assert rows(store, f"SELECT count(*) FROM findings WHERE \"call\" = '{call_key(kept)}'") == [(steps,)]  # noqa: S608


def test_a_folder_has_its_newest_run_and_no_calls_of_older_ones(store: Store):
    many = run(*(call(f"c{n}") for n in range(1100)))
    store.runs.put("/out", run(call("a"), call("b")))
    store.runs.put("/other", run(call("z")))
    store.runs.put("/out", many)
    assert store.runs.newest("/out") == many
    assert store.runs.newest(None) == many
    assert store.runs.newest("/nowhere") is None
    assert rows(store, "SELECT count(*) FROM run_calls") == [(1101,)]


def test_the_same_run_twice_leaves_the_store_as_it_is(store: Store):
    for _ in range(2):
        store.runs.put("/out", run(call("a")))
    assert rows(store, "SELECT count(*) FROM runs") == [(1,)]


def test_second_readings_keep_why_they_were_given_up(store: Store):
    readings = SecondPassTranscript(audio_sha256="0", engine=ENGINE)
    store.transcripts.finish("s", "o", readings)
    assert store.transcripts.second_pass("s") == readings
    assert store.transcripts.second_pass("other") is None


def test_words_handed_in_come_back_byte_for_byte(store: Store):
    text = b'{"duration": 1.0, "segments": [], "odd": "\\u0000\xc3\xa9"}'
    store.transcripts.put_text("t", "0", text)
    store.transcripts.put_text("t", "0", text)
    assert store.transcripts.text("t") == text
    assert store.transcripts.text("other") is None


def test_a_damaged_row_counts_as_none(store: Store):
    store.transcripts.finish("a", "o", heard())
    store.transcripts.put_text("a", "0", b"not a transcript")
    assert store.transcripts.get("a") is None


def test_hashes_follow_the_content_and_the_reason(store: Store):
    store.transcripts.finish("a", "o", heard("a"))
    before = store.transcripts.hashes(["a", "b"])
    store.transcripts.finish("a", "o", heard("a", seconds=2.0))
    store.queue.enqueue([job("b")])
    store.queue.claim(["b"], "o")
    store.queue.mark_failed("b", "o", "gone")
    after = store.transcripts.hashes(["a", "b"])
    assert set(before) == {"a"}
    assert set(after) == {"a", "b"}
    assert before["a"] != after["a"]


def test_odd_names_are_kept_whole_through_every_table(store: Store):
    odd = job("a", path=ODD)
    store.queue.enqueue([odd])
    (claim,) = store.queue.claim(["a"], "o")
    assert claim.job == odd
    why = f"{ODD}\0: broken"
    failure = FailedTranscript(audio_sha256="0", name=ODD, error=why)
    store.transcripts.finish("a", "o", failure)
    assert store.transcripts.get("a") == failure
    for name in ("b", "c"):
        store.queue.enqueue([job(name, path=ODD)])
        store.queue.claim([name], "o")
    store.queue.mark_failed("b", "o", why)
    store.queue.mark_crashed("c", "o", "crashed", why)
    store.queue.claim(["c"], "o")
    assert store.queue.mark_crashed("c", "o", "crashed", why)
    kept = call(ODD, agent="a\0b\udc80", started_at="\0")
    store.reports.put([StoredReport(kept, report(kept), "i")])
    store.runs.put(f"/out/{ODD}", run(kept))
    assert store.runs.newest(f"/out/{ODD}") == run(kept)
    assert store.reports.get([call_key(kept)]) == {call_key(kept): report(kept)}
    ((agent,),) = rows(store, "SELECT agent FROM calls")
    assert agent == "ab\\udc80"


FORMER = {key: former for former, key in RENAMED_KEYS.items()}


def _with_former_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {FORMER.get(key, key): _with_former_keys(item) for key, item in value.items()}
    return [_with_former_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("change", [_with_former_keys, lambda value: value])
def test_a_bank_stored_under_former_keys_is_read(store: Store, change):
    bank = load_bank(shipped_bank())
    store.banks.put(bank)
    former = change(json.loads(bank.model_dump_json()))
    if change is _with_former_keys:
        text = json.dumps(former)
        assert all(f'"{key}":' in text for key in RENAMED_KEYS), "the shipped bank uses every renamed key"
    former["groups"]["nowhere"] = ["tidak ada"]  # a group's name is the bank's own, whatever it is
    row = update(banks).where(banks.c.sha256 == bank.sha256).values(body=compress(json.dumps(former).encode()))
    store._database.write(lambda connection: connection.execute(row))
    read = store.banks.get(bank.sha256)
    assert read is not None
    assert read.groups["nowhere"] == ("tidak ada",)
    assert read.model_copy(update={"groups": bank.groups}) == bank
    assert store.banks.all() == (read,)


NOT_IN_FORMER_BANKS: dict[str, tuple[str, ...]] = {
    "": ("assignment",),
    "match": ("heard", "forbids", "must_window", "must_not_window", "likeness", "segmentation"),
    "hearing": ("loop_pause", "word_margin", "least_unheard", "least_hole"),
    "confidence": ("highest", "lowest"),
    "roles": (
        "change_inside", "first_is_agent", "agent_from", "cue_similarity", "cue_share", "target_odds", "prior_uses",
    ),
}


def test_a_bank_stored_without_today_s_settings_has_the_numbers_that_were_in_code(store: Store):
    bank = load_bank(shipped_bank())
    store.banks.put(bank)
    former = json.loads(bank.model_dump_json())
    for block, keys in NOT_IN_FORMER_BANKS.items():
        for key in keys:
            del (former[block] if block else former)[key]
    row = update(banks).where(banks.c.sha256 == bank.sha256).values(body=compress(json.dumps(former).encode()))
    store._database.write(lambda connection: connection.execute(row))
    assert store.banks.get(bank.sha256) == bank


def test_a_damaged_bank_is_none(store: Store):
    bank = load_bank(shipped_bank())
    store.banks.put(bank)
    row = update(banks).where(banks.c.sha256 == bank.sha256).values(body=compress(b'{"id": 1}'))
    store._database.write(lambda connection: connection.execute(row))
    assert store.banks.get(bank.sha256) is None
