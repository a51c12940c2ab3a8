"""Deciding on real stores of both kinds: who may, what comes of it, what is refused and why."""

import pytest

from analyzer.errors import RefusedError
from analyzer.models.review import CallFilter, EventKind, NewEvent, Person
from analyzer.review.service import ReviewService
from analyzer.store.store import Store
from tests.review.cases import BUDI, DEWI, LEA, RINI, STEPS, new_event, scored_report, store_reports

OWNER, EMAIL, THANKS, CALLBACK, NOTICE, CLOSING = STEPS


@pytest.fixture
def service(store: Store) -> ReviewService:
    return ReviewService(store)


@pytest.fixture
def call(store: Store) -> str:
    """A failed call of Dewi's; one wrong finding, and it would pass."""
    return store_reports(store, scored_report("a", "mmmxxm", agent="Dewi"))[0]


def refused(service: ReviewService, person: Person, new: NewEvent) -> str:
    before = service.store.history.of(new.call)
    with pytest.raises(RefusedError) as caught:
        service.add_event(person, new)
    assert service.store.history.of(new.call) == before
    return caught.value.key


def test_an_override_is_in_history_score_and_queue_at_once(service: ReviewService, call: str):
    new = new_event(call, "override", step=CALLBACK, status="met", text="he asks at 0:41")
    opened = service.add_event(RINI, new)
    (event,) = opened.events
    assert (event.number, event.who, event.role, event.kind) == (1, "Rini", "coach", "override")
    assert (event.step, event.status, event.text, event.inputs) == (CALLBACK, "met", "he asks at 0:41", "first")
    assert (opened.reviewed.machine.verdict, opened.reviewed.report.verdict) == ("fail", "pass")
    again = ReviewService(Store(service.store.address))  # as after a restart
    assert again.call(LEA, call) == opened
    (row,) = again.queue(LEA, CallFilter()).rows
    assert (row.listed.verdict, row.listed.score) == ("pass", 83.33)
    assert again.queue(LEA, CallFilter(waiting=True)).total == 0
    again.store.close()


def test_an_agreement_records_the_machine_s_status(service: ReviewService, call: str):
    service.add_event(RINI, new_event(call, "agree", step=CALLBACK))
    store_reports(service.store, scored_report("a", "mmmmxm", agent="Dewi"), inputs="second")
    opened = service.call(RINI, call)
    assert opened.state.decisions[CALLBACK].status == "missed"
    step = opened.reviewed.steps[3]
    assert (step.machine.status, step.status, step.older) == ("met", "missed", True)
    (row,) = service.queue(LEA, CallFilter(state="older")).rows
    assert row.listed.older


def test_the_same_form_sent_twice_is_one_event(service: ReviewService, call: str):
    new = new_event(call, "comment", text="noise", at=12.5)
    one, other = "form-1", "form-2"
    first = service.add_event(RINI, new, token=one)
    second = service.add_event(RINI, new, token=one)
    assert first == second
    service.add_event(RINI, new, token=other)
    service.add_event(
        RINI, new_event(call, "comment", text="music", at=12.5), token=one
    )  # the browser's back button, other words
    service.add_event(BUDI, new, token=one)
    assert [(event.who, event.text) for event in service.call(RINI, call).events] == [
        ("Rini", "noise"),
        ("Rini", "noise"),
        ("Rini", "music"),
        ("Budi", "noise"),
    ]


def test_a_decision_on_a_report_that_was_replaced_meanwhile_is_refused(service: ReviewService, call: str):
    shown = service.call(RINI, call).case.inputs
    store_reports(service.store, scored_report("a", "mmmmmm", agent="Dewi"), inputs="second")
    assert refused(service, RINI, new_event(call, "agree", step=CALLBACK, inputs=shown)) == "report_changed"
    service.add_event(RINI, new_event(call, "agree", step=CALLBACK, inputs="second"))


@pytest.mark.parametrize(
    ("person", "kind", "more", "key"),
    [
        (RINI, "override", {"step": "no_such_step", "status": "met", "text": "x"}, "no_step"),
        (RINI, "confirm", {"step": EMAIL}, "no_step"),
        (RINI, "confirm", {"step": "exemption"}, "no_step"),
        (RINI, "dismiss", {"step": "urgent", "text": "x"}, "no_step"),
        (RINI, "undo", {"target": 99}, "no_event"),
        (LEA, "accept", {"target": 99, "status": "met"}, "no_event"),
        (RINI, "view", {}, "not_allowed"),
        (RINI, "dispute", {"step": EMAIL, "text": "x"}, "not_allowed"),
        (DEWI, "override", {"step": EMAIL, "status": "met", "text": "x"}, "not_allowed"),
        (DEWI, "comment", {"text": "x"}, "not_allowed"),
    ],
)
def test_events_that_do_not_fit_or_are_not_permitted_are_refused(
    service: ReviewService, call: str, person: Person, kind: EventKind, more: dict[str, object], key: str
):
    assert refused(service, person, new_event(call, kind, **more)) == key


def test_an_unknown_call_is_refused(service: ReviewService):
    with pytest.raises(RefusedError) as caught:
        service.add_event(RINI, new_event("0" * 32, "reviewed"))
    assert caught.value.key == "no_call"
    with pytest.raises(RefusedError):
        service.call(RINI, "0" * 32)


def test_a_dispute_goes_from_agent_to_lead_and_its_history_stays(service: ReviewService, call: str):
    opened = service.add_event(DEWI, new_event(call, "dispute", step=CALLBACK, text="I asked him"))
    number = opened.events[-1].number
    assert refused(service, DEWI, new_event(call, "dispute", step=CALLBACK, text="again")) == "disputed_already"
    assert service.queue(LEA, CallFilter(waiting=True)).rows[0].listed.why == "dispute"
    assert refused(service, RINI, new_event(call, "accept", target=number, status="met")) == "not_allowed"
    opened = service.add_event(LEA, new_event(call, "accept", target=number, status="met", text="heard at 0:41"))
    assert opened.reviewed.report.verdict == "pass"
    assert refused(service, LEA, new_event(call, "reject", target=number, text="no")) == "answered"
    assert refused(service, DEWI, new_event(call, "undo", target=number)) == "answered"
    opened = service.add_event(LEA, new_event(call, "undo", target=opened.events[-1].number))
    assert [d.state for d in opened.state.disputes] == ["open"]
    service.add_event(LEA, new_event(call, "reject", target=number, text="that was another question"))
    assert [event.kind for event in service.call(DEWI, call).events] == ["dispute", "accept", "undo", "reject"]


def test_a_lead_never_answers_an_own_dispute(service: ReviewService, call: str):
    opened = service.add_event(DEWI, new_event(call, "dispute", step=CALLBACK, text="I asked him"))
    promoted = Person(name="Dewi", role="lead")
    assert (
        refused(service, promoted, new_event(call, "accept", target=opened.events[-1].number, status="met"))
        == "own_dispute"
    )


def test_undo_is_for_authors_and_leads_and_once(service: ReviewService, call: str):
    number = (
        service.add_event(RINI, new_event(call, "override", step=CALLBACK, status="met", text="x")).events[-1].number
    )
    assert refused(service, BUDI, new_event(call, "undo", target=number)) == "not_own"
    opened = service.add_event(RINI, new_event(call, "undo", target=number))
    assert opened.reviewed.report == opened.reviewed.machine
    assert refused(service, LEA, new_event(call, "undo", target=number)) == "undone"
    again = service.add_event(LEA, new_event(call, "undo", target=opened.events[-1].number))
    assert again.reviewed.report.verdict == "pass"


def test_agents_have_their_own_calls_and_nothing_else(service: ReviewService, call: str):
    (other,) = store_reports(service.store, scored_report("b", agent="Rudi"))
    assert [row.listed.call for row in service.queue(DEWI, CallFilter(agent="Rudi")).rows] == [call]
    assert (list(service.agents(DEWI)), list(service.agents(RINI))) == (["Dewi"], ["Dewi", "Rudi"])
    with pytest.raises(RefusedError) as caught:
        service.call(DEWI, other)
    assert caught.value.key == "not_allowed"
    for kind in ("acknowledge", "undo"):
        assert refused(service, DEWI, new_event(other, kind, target=1)) == "not_allowed"
    with pytest.raises(RefusedError):
        service.log_access(DEWI, "play", [call, other])
    assert service.store.history.of(other) == ()


def test_agents_read_coaching_but_no_comments_and_no_undoing_of_them(service: ReviewService, call: str):
    number = service.add_event(RINI, new_event(call, "comment", text="third time this week")).events[-1].number
    service.add_event(RINI, new_event(call, "undo", target=number))
    service.add_event(RINI, new_event(call, "coaching", text="ask whether you may call back"))
    service.log_access(RINI, "play", [call])
    opened = service.call(DEWI, call)
    assert [event.kind for event in opened.events] == ["coaching"]
    assert (opened.case.events, opened.state.comments) == (opened.events, ())
    assert [event.kind for event in service.call(RINI, call).events] == ["comment", "undo", "coaching"]
    assert [event.kind for event in service.call(LEA, call).events] == ["comment", "undo", "coaching", "play"]


def test_access_is_logged_for_many_calls_at_once(service: ReviewService):
    keys = store_reports(service.store, *(scored_report(f"c{n}") for n in range(600)))
    service.log_access(LEA, "export", keys)
    assert [event.kind for event in service.store.history.of(keys[599])] == ["export"]
    assert service.call(LEA, keys[0]).case.events == ()  # it changes nothing


def test_text_is_stored_exactly_as_typed(service: ReviewService, call: str):
    text = "<script>alert('x')</script> 100%_\\ \u202eabc 电力 'quote\" ; DROP TABLE events;--"
    service.add_event(RINI, new_event(call, "comment", text=text))
    assert service.call(RINI, call).events[-1].text == text
    service.add_event(RINI, new_event(call, "comment", text="nul\0byte"))
    assert service.call(RINI, call).events[-1].text == "nulbyte"
