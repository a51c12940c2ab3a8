"""The queue on stores of both kinds: what comes first and why, filters, pages, the next call."""

from datetime import date

import sqlalchemy

from analyzer.models.finding import Violation
from analyzer.models.report import Report
from analyzer.models.review import CallFilter
from analyzer.review.service import ReviewService
from analyzer.review.triage import PRIORITIES, ReviewSettings, reason_text
from analyzer.store.database import store_url
from analyzer.store.results import call_key
from analyzer.store.store import Store
from tests.matching.support import BANK
from tests.review.cases import (
    BUDI,
    DEWI,
    LEA,
    RINI,
    STEPS,
    new_event,
    run_of,
    scored_report,
    store_reports,
    stored_call,
)

OWNER, EMAIL, THANKS, CALLBACK, NOTICE, CLOSING = STEPS
REFUSED = Violation(id="refused_to_process", heard="tidak bisa diproses", start=9.0)
NONE = ReviewSettings(audit_share=0.0)
WAITING = CallFilter(waiting=True)


def ids(service: ReviewService, wanted: CallFilter = WAITING, **paging: int) -> list[str]:
    return [row.listed.call_id for row in service.queue(LEA, wanted, **paging).rows]


def call_ids(store: Store, wanted: CallFilter) -> set[str]:
    return set(ids(ReviewService(store, settings=NONE), wanted))


def every_kind() -> list[Report]:
    """In the order of the alphabet, which is not that of urgency."""
    return [
        scored_report("a-passes", "mmmmmm"),
        scored_report("b-flagged", "mmmmmm", flags=("audio_partial",)),
        scored_report("c-fails", "xxxxxm"),
        scored_report("d-exempt-perhaps", "mmmmmm", exemption_doubtful=True),
        scored_report("e-near", "mmmxxm"),
        scored_report("f-nearer", "mmmxom"),
        scored_report("g-unsure", "mmmuum"),
        scored_report("h-more-unsure", "mmuuum"),
        scored_report("i-refused-perhaps", "mmmmmm", violations=(REFUSED.model_copy(update={"certain": False}),)),
        scored_report("j-refused", "mmmmmm", violations=(REFUSED,)),
        scored_report("k-disputed", "mmmxxm", agent="Dewi"),
        scored_report("l-unscorable", "mmmmmm").model_copy(
            update={"steps": (), "verdict": "unscorable", "error": "empty"}
        ),
        scored_report("m-unsure-either-way", "mmmmmu"),
        scored_report("n-exempt", "-----m", exemption=None),
    ]


def test_the_most_urgent_call_comes_first_and_every_row_has_its_reasons(store: Store):
    keys = store_reports(store, *every_kind())
    service = ReviewService(store, settings=NONE)
    service.add_event(DEWI, new_event(keys[10], "dispute", step=CALLBACK, text="I asked"))
    rows = service.queue(LEA, WAITING).rows
    assert [(row.listed.call_id, row.listed.why) for row in rows] == [
        ("k-disputed", "dispute"),
        ("j-refused", "violation"),
        ("i-refused-perhaps", "violation"),
        ("h-more-unsure", "unsure_decides"),
        ("g-unsure", "unsure_decides"),
        ("f-nearer", "fail_near"),
        ("e-near", "fail_near"),
        ("d-exempt-perhaps", "exemption_doubtful"),
        ("c-fails", "fail"),
        ("b-flagged", "flagged"),
    ]
    assert all(row.reasons[0].key == row.listed.why for row in rows)
    labels = {step.id: (step.label.id, step.label.en) for step in BANK.steps}
    labels |= {rule.id: (rule.label.id, rule.label.en) for rule in BANK.violations}
    texts = [reason_text(row.reasons[0], "en", labels) for row in rows]
    names = {step: labels[step][1] for step in STEPS}
    assert texts[0] == f"The agent disputes: {names[CALLBACK]}"
    assert texts[1] == "Violation: Refused to go on without e-mail"
    assert texts[4] == (f"Unsure, and it decides the verdict (33 points): {names[CALLBACK]}, {names[NOTICE]}")
    assert texts[5] == f"5 points short; it would pass if one of these is wrong: {names[CALLBACK]}, {names[NOTICE]}"
    assert texts[7] == "Perhaps exempt: perhaps urgent, or the customer angry"
    assert texts[9] == "Needs a look: recording is incomplete"
    assert reason_text(rows[2].reasons[0], "id", labels) == "Pelanggaran: Menolak memproses tanpa email"
    assert set(ids(service, CallFilter())[10:]) == {"a-passes", "m-unsure-either-way", "n-exempt", "l-unscorable"}
    assert {row.listed.why for row in rows} == set(PRIORITIES) - {"audit"}


def test_reviewed_calls_leave_the_queue_and_come_last_in_the_list_but_a_dispute_brings_them_back(store: Store):
    keys = store_reports(store, scored_report("a", "xxxxxm", agent="Dewi"), scored_report("b", "mmmmmm"))
    service = ReviewService(store, settings=NONE)
    service.add_event(RINI, new_event(keys[0], "reviewed"))
    assert (ids(service), ids(service, CallFilter())) == ([], ["b", "a"])
    service.add_event(DEWI, new_event(keys[0], "dispute", step=EMAIL, text="I asked"))
    assert (ids(service), ids(service, CallFilter())) == (["a"], ["a", "b"])


def test_a_ruled_violation_is_no_reason_any_more(store: Store):
    (key,) = store_reports(store, scored_report("a", violations=(REFUSED.model_copy(update={"certain": False}),)))
    service = ReviewService(store, settings=NONE)
    service.add_event(RINI, new_event(key, "dismiss", step=REFUSED.id, text="he only asked"))
    assert ids(service) == []


def test_a_confirmed_violation_stays_in_the_queue_as_a_failed_call_until_it_is_reviewed(store: Store):
    (key,) = store_reports(store, scored_report("a", violations=(REFUSED,)))
    service = ReviewService(store, settings=NONE)
    service.add_event(RINI, new_event(key, "confirm", step=REFUSED.id))
    (row,) = service.queue(LEA, WAITING).rows
    assert (row.listed.why, row.reasons[0].steps) == ("fail", (REFUSED.id,))
    service.add_event(RINI, new_event(key, "reviewed"))
    assert ids(service) == []


def test_the_audit_sample_has_the_wanted_share_and_depends_on_its_seed(store: Store):
    store_reports(store, *(scored_report(f"c{n:03}") for n in range(300)))
    draws = [
        set(ids(ReviewService(store, settings=ReviewSettings(audit_share=0.2, audit_seed=seed)), limit=300))
        for seed in ("june", "july", "june")
    ]
    assert draws[0] == draws[2] != draws[1]
    assert all(40 <= len(draw) <= 80 for draw in draws)  # three standard deviations around 60
    assert len(draws[0] & draws[1]) < 30
    assert {row.listed.why for row in ReviewService(store).queue(LEA, WAITING).rows} == {"audit"}


def test_each_filter_selects_its_calls(store: Store):
    reports = [
        scored_report("a", "mxmmmm", agent="Dewi", started_at="2026-03-02 08:15"),
        scored_report("b", "mmmmmm", agent="Rudi", started_at="3/3/2026 09.00"),
        scored_report("c", "mmmxum", agent="Rudi", started_at="no idea"),
    ]
    keys = store_reports(store, *reports)
    service = ReviewService(store, settings=NONE)
    service.add_event(RINI, new_event(keys[0], "override", step=EMAIL, status="out_of_order", text="said late"))
    service.add_event(RINI, new_event(keys[1], "reviewed"))
    for wanted, left in (
        (CallFilter(), {"a", "b", "c"}),
        (CallFilter(step=EMAIL, status="missed"), set()),  # people say otherwise
        (CallFilter(step=EMAIL, status="out_of_order"), {"a"}),
        (CallFilter(status="unsure"), {"c"}),
        (CallFilter(step=NOTICE), {"a", "b", "c"}),
        (CallFilter(agent="Rudi"), {"b", "c"}),
        (CallFilter(since=date(2026, 3, 3)), {"b"}),
        (CallFilter(until=date(2026, 3, 2)), {"a"}),
        (CallFilter(since=date(2026, 3, 2), until=date(2026, 3, 3)), {"a", "b"}),
        (CallFilter(verdict="pass"), {"a", "b"}),
        (CallFilter(state="reviewed"), {"b"}),
        (CallFilter(state="unreviewed"), {"a", "c"}),
        (CallFilter(state="disputed"), set()),
        (CallFilter(why="fail"), set()),
        (CallFilter(agent="Rudi", state="unreviewed", status="missed"), {"c"}),
    ):
        assert call_ids(store, wanted) == left, wanted


def test_search_has_no_wildcards(store: Store):
    words = {
        "call-1": "Selamat PAGI, alamat e-mail Bapak?",
        "call-2": "selamat siang diskon 100% tanpa syarat_apapun \\ ya",
        "call-3": "selamat pagi lagi 1000 rupiah",
    }
    store_reports(store, *(scored_report(name) for name in (*words, "call-4")), words=words)
    for text, left in (
        ("pagi", {"call-1", "call-3"}),
        ("SELAMAT pagi", {"call-1", "call-3"}),
        ("pagi selamat lagi", {"call-3"}),
        ('"pagi selamat"', set()),
        ('"selamat pagi"', {"call-1", "call-3"}),
        ("100%", {"call-2"}),
        ("syarat_apapun", {"call-2"}),
        ("syarat-apapun", set()),
        ("\\", {"call-2"}),
        ("' OR 1=1 --", set()),
        ("call-4", {"call-4"}),
        ("CALL-3.wav", {"call-3"}),
        ("   ", {"call-1", "call-2", "call-3", "call-4"}),
        ('"', set()),
    ):
        assert call_ids(store, CallFilter(text=text)) == left, text


def test_the_search_index_follows_the_transcript(store: Store):
    store_reports(store, scored_report("a"), words={"a": "halo"})
    store_reports(store, scored_report("a"), words={"a": "selamat siang"}, inputs="second")
    assert call_ids(store, CallFilter(text="halo")) == set()
    assert call_ids(store, CallFilter(text="siang")) == {"a"}


def test_pages_neither_overlap_nor_leave_anything_out(store: Store):
    store_reports(store, *(scored_report(f"c{n:03}", "mmmxxm" if n % 3 else "mmmuum") for n in range(57)))
    service = ReviewService(store, settings=NONE)
    pages = [ids(service, offset=offset, limit=10) for offset in range(0, 70, 10)]
    listed = [call_id for page in pages for call_id in page]
    assert [len(page) for page in pages] == [10, 10, 10, 10, 10, 7, 0]
    assert len(set(listed)) == 57
    assert listed == ids(service, limit=57)
    assert [service.queue(LEA, WAITING, offset=offset, limit=10).total for offset in (0, 50, 60)] == [57] * 3


def test_the_next_call_follows_the_cursor_though_the_call_itself_has_moved(store: Store):
    store_reports(store, *(scored_report(f"c{n}", "mmmxxm") for n in range(4)))
    service = ReviewService(store, settings=NONE)
    rows = service.queue(LEA, WAITING).rows
    order = [row.listed.call for row in rows]
    service.add_event(RINI, new_event(order[1], "reviewed"))
    assert service.next_call(LEA, WAITING, rows[1].listed.cursor) == order[2]
    assert service.next_call(LEA, WAITING, order[2]) == order[3]
    assert service.next_call(LEA, WAITING, order[3]) is None
    assert service.next_call(LEA, CallFilter(waiting=True, text="c"), rows[1].listed.cursor) == order[2]
    assert service.next_call(DEWI, WAITING, rows[0].listed.cursor) is None  # none of these is hers


def test_a_folder_shows_the_calls_of_its_newest_run_only(store: Store):
    old, new = scored_report("old", "xxxxxm"), scored_report("new", "xxxxxm")
    store_reports(store, old, new)
    store.runs.put("/out", run_of(old, new))
    store.runs.put("/out", run_of(new))
    assert ids(ReviewService(store, settings=NONE, run=store.runs.number("/out"))) == ["new"]
    assert set(ids(ReviewService(store, settings=NONE))) == {"old", "new"}
    again = store.runs.call(call_key(stored_call(new)))
    assert again == stored_call(new)


def test_calls_that_a_person_scores_blind_are_not_listed_for_them(store: Store):
    for person in (RINI, BUDI, LEA):
        store.people.put(person)
    keys = store_reports(store, scored_report("a", "xxxxxm"), scored_report("b", "xxxxxm"))
    session = store.sessions.open("june", keys[:1], ["Rini", "Budi"], None, "Lea")
    service = ReviewService(store, settings=NONE)
    assert [row.listed.call_id for row in service.queue(RINI, WAITING).rows] == ["b"]
    assert {row.listed.call_id for row in service.queue(LEA, WAITING).rows} == {"a", "b"}
    store.sessions.close(session.id)
    assert service.queue(RINI, WAITING).total == 2


def test_queue_positions_are_derived_again_for_other_settings_or_reports_only(store: Store):
    store_reports(store, scored_report("a", "mmmmmm"), scored_report("b", "xxxxxm"))
    service = ReviewService(store, settings=NONE)
    assert [service.refresh(), service.refresh()] == [2, 0]
    store_reports(store, scored_report("b", "mmmmmm"), inputs="second")
    assert service.refresh() == 1
    other = ReviewService(store, settings=ReviewSettings(audit_share=1.0))
    assert (other.refresh(), set(ids(other))) == (2, {"a", "b"})


def test_a_report_of_another_version_is_left_out_and_read_once(store: Store):
    store_reports(store, scored_report("a"), scored_report("b"))
    engine = sqlalchemy.create_engine(store_url(store.address))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE reports SET body = :other"), {"other": b"of another version"})
    engine.dispose()
    store_reports(store, scored_report("b"), inputs="second")
    service = ReviewService(store)
    assert [service.refresh(), service.refresh()] == [2, 0]
    assert ids(service, CallFilter()) == ["b"]
    store_reports(store, scored_report("a"), inputs="second")
    assert set(ids(service, CallFilter())) == {"a", "b"}


def test_reports_whose_sop_is_not_kept_are_counted_not_shown(store: Store):
    store_reports(store, scored_report("a"), scored_report("b", bank=BANK.model_copy(update={"sha256": "f" * 64})))
    assert ids(ReviewService(store), CallFilter()) == ["a"]
    assert store.cases.count_without_bank() == 1
