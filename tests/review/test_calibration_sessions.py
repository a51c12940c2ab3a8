"""A calibration session from opening to results, on stores of both kinds; blind while it lasts; figures by hand."""

import pytest

from analyzer.analysis.statistics import cohen_kappa, gwet_ac1
from analyzer.errors import RefusedError
from analyzer.models.review import MACHINE_RATER, CalibrationSession, Person, Rating
from analyzer.review.calibration_sessions import CalibrationSessions
from analyzer.review.rater_agreement import ALL_STEPS, session_results
from analyzer.review.service import ReviewService
from analyzer.store.store import Store
from tests.review.cases import BUDI, DEWI, LEA, LETTERS, RINI, STEPS, new_event, scored_report, store_reports

CALLS = ("call-1", "call-2")


@pytest.fixture
def sessions(store: Store) -> CalibrationSessions:
    for person in (BUDI, DEWI, LEA, RINI):
        store.people.put(person)
    return CalibrationSessions(store)


def scored(
    sessions: CalibrationSessions, person: Person, number: int, call: str, letters: str, why: str | None = None
) -> None:
    sessions.score(person, number, call, {s: (LETTERS[c], why) for s, c in zip(STEPS, letters, strict=True)})


def refused(work: object) -> str:
    with pytest.raises(RefusedError) as caught:
        work()  # type: ignore[operator]
    return caught.value.key


def test_from_opening_to_results(store: Store, sessions: CalibrationSessions):
    first, second = store_reports(store, scored_report("a", "mmmxxm"), scored_report("b", "mmmmmm"))
    session = sessions.open(LEA, "June", [first, second], ["Rini", "Budi"], expert="Lea")
    assert (session.people, session.expert, session.closed_at) == (("Budi", "Lea", "Rini"), "Lea", None)
    scored(sessions, RINI, session.id, first, "mmmmxm", "I hear the callback")
    scored(sessions, RINI, session.id, second, "mmmmmm")
    scored(sessions, BUDI, session.id, first, "mmmxxm")
    progress = sessions.progress(RINI, session.id)
    assert (progress.done, progress.total) == ({"Rini": 12, "Budi": 6, "Lea": 0}, 12)
    assert {rating.who for rating in progress.own_ratings} == {"Rini"}
    assert len(progress.own_ratings) == 12
    assert refused(lambda: sessions.results(RINI, session.id)) == "session_open"  # though hers is complete
    scored(sessions, BUDI, session.id, second, "mmmmmm")
    scored(sessions, LEA, session.id, first, "mmmxmm")
    sessions.score(BUDI, session.id, second, {STEPS[5]: ("missed", "a second thought")})
    sessions.close(LEA, session.id)
    assert refused(lambda: scored(sessions, LEA, session.id, second, "mmmmmm")) == "session_closed"
    results = sessions.results(RINI, session.id)
    assert results.unfinished == {"Lea": 6}
    pairs = {(pair.relation, pair.rater, pair.other, pair.step): pair for pair in results.pairs}
    both = pairs["people", "Budi", "Rini", ALL_STEPS]
    assert (both.observed.hits, both.observed.of, both.differing) == (10, 12, {"missed->met": 2})
    assert pairs["expert", "Budi", "Lea", ALL_STEPS].observed.of == 6  # she scored first call
    machine = pairs["machine", "Budi", MACHINE_RATER, ALL_STEPS]
    assert (machine.observed.hits, machine.observed.of) == (11, 12)
    assert both.few
    assert [(d.call, d.step) for d in results.disagreements] == [
        (first, "callback_question"),
        (first, "marketing_notice"),
        (second, "closing_thanks"),
    ]
    by_rater = results.disagreements[0].ratings
    assert {who: rating.status for who, rating in by_rater.items()} == {
        "Budi": "missed",
        "Lea": "missed",
        "Rini": "met",
        MACHINE_RATER: "missed",
    }
    assert by_rater["Rini"].text == "I hear the callback"


def test_raters_of_an_open_session_see_neither_others_nor_the_machine_s_statuses(
    store: Store, sessions: CalibrationSessions
):
    (call,) = store_reports(store, scored_report("a", "mmmxxm"))
    session = sessions.open(LEA, "June", [call], ["Rini", "Budi"])
    service = ReviewService(store)
    assert refused(lambda: service.call(RINI, call)) == "blind"
    assert refused(lambda: service.add_event(RINI, new_event(call, "reviewed"))) == "blind"
    scored(sessions, RINI, session.id, call, "mmmmmm")
    assert refused(lambda: service.call(RINI, call)) == "blind"
    assert service.call(LEA, call).case.call == call  # she does not score it
    sessions.close(LEA, session.id)
    assert service.call(RINI, call).case.call == call


def test_the_machine_s_ratings_are_those_at_the_opening(store: Store, sessions: CalibrationSessions):
    (call,) = store_reports(store, scored_report("a", "mmmxxm"))
    session = sessions.open(LEA, "June", [call], ["Rini", "Budi"])
    store_reports(store, scored_report("a", "mmmmmm"), inputs="second")
    machine = {
        rating.step: rating.status for rating in store.sessions.ratings(session.id) if rating.who == MACHINE_RATER
    }
    assert machine == {finding.id: finding.status for finding in scored_report("a", "mmmxxm").steps}


def test_permissions_to_open_score_close_and_see_a_session(store: Store, sessions: CalibrationSessions):
    (call,) = store_reports(store, scored_report("a"))
    assert refused(lambda: sessions.open(RINI, "June", [call], ["Rini", "Budi"])) == "not_allowed"
    assert refused(lambda: sessions.open(LEA, "June", [call], ["Rini"])) == "no_person"
    assert refused(lambda: sessions.open(LEA, "June", [call], ["Rini", "Dewi"])) == "no_person"
    assert refused(lambda: sessions.open(LEA, "June", [call], ["Rini", "Nobody"])) == "no_person"
    assert refused(lambda: sessions.open(LEA, "June", ["0" * 32], ["Rini", "Budi"])) == "no_call"
    assert refused(lambda: sessions.open(LEA, "June", [], ["Rini", "Budi"])) == "no_call"
    session = sessions.open(BUDI, "June", [call], ["Rini", "Budi"])
    assert refused(lambda: scored(sessions, LEA, session.id, call, "mmmmmm")) == "not_invited"
    assert refused(lambda: sessions.score(RINI, session.id, call, {"no_step": ("met", None)})) == "no_step"
    assert refused(lambda: sessions.close(RINI, session.id)) == "not_allowed"
    assert refused(lambda: sessions.progress(DEWI, session.id)) == "not_allowed"
    other = Person(name="Tono", role="coach")
    assert refused(lambda: sessions.progress(other, session.id)) == "not_invited"
    assert ([s.id for s in sessions.involving(RINI)], sessions.involving(other)) == ([session.id], ())
    sessions.close(LEA, session.id)
    closed = store.sessions.get(session.id)
    sessions.close(BUDI, session.id)
    assert store.sessions.get(session.id) == closed


def ratings_by(*by_rater: tuple[str, str], calls: int) -> list[Rating]:
    """Of each rater a letter a call, about first step."""
    return [
        Rating(call=f"c{n}", who=who, step="s", status=LETTERS[letter])
        for who, letters in by_rater
        for n, letter in enumerate(letters * (calls // len(letters)))
    ]


def test_figures_equal_the_statistics_and_few_ratings_are_marked():
    people = ("A", "B", "C")
    calls = tuple(f"c{n}" for n in range(20))
    session = CalibrationSession(id=1, name="x", calls=calls, people=people, expert="C", opened_by="L", opened_at=0.0)
    ratings = ratings_by(("A", "mmmmmmmmmx"), ("B", "mmmmmmmmxx"), ("C", "mmmmmmmmmm"), ("", "mxmmmmmmmx"), calls=20)
    results = session_results(session, ratings, {call: ["s"] for call in calls}, few=20)
    pairs = {(pair.rater, pair.other): pair for pair in results.pairs if pair.step == "s"}
    assert set(pairs) == {("A", "B"), ("A", "C"), ("B", "C"), ("A", ""), ("B", ""), ("C", "")}
    both = [("met", "met")] * 16 + [("met", "missed")] * 2 + [("missed", "missed")] * 2
    ab = pairs["A", "B"]
    assert (ab.observed.hits, ab.observed.of, ab.kappa, ab.ac1, ab.few) == (
        18,
        20,
        cohen_kappa(both),
        gwet_ac1(both),
        False,
    )
    assert ab.kappa == pytest.approx(0.6154, abs=1e-3)
    means = {(mean.relation, mean.step): mean for mean in results.means}
    expert = means["expert", "s"]
    assert (expert.pairs, expert.min_ratings, expert.few) == (2, 20, False)
    assert expert.observed == pytest.approx((0.9 + 0.8) / 2)
    fewer = session_results(session, ratings[:19] + ratings[20:39], {call: ["s"] for call in calls}, few=20)
    assert all(pair.few for pair in fewer.pairs)
    assert {mean.few for mean in fewer.means} == {True}
