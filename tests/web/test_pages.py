"""Agents, sampling, calibration and people, as browsers ask for them."""

import re

import pytest

from analyzer.models.review import Person
from analyzer.store.store import Store
from tests.review.cases import BUDI, DEWI, LEA, RINI, STEPS, scored_report
from tests.web.app_client import AppUnderTest, Browser, app_over


def visible_text(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
def many(tmp_path):
    """Thirty calls of Dewi over three weeks, and two of Budi."""
    store = Store(tmp_path / "analyzer.db")
    dewi = [
        scored_report(
            f"dewi{n:02}", "mmxmmm" if n % 3 else "mmmmmm", agent="Dewi", started_at=f"2026-11-{1 + n // 2:02}"
        )
        for n in range(30)
    ]
    served = app_over(
        tmp_path, store, *dewi, scored_report("budi1", "mmmmmm", agent="Budi"), scored_report("budi2", agent="Budi")
    )
    yield served
    served.context.audio.close()
    store.close()


def test_agents_have_rates_with_intervals_or_counts_when_too_few(many: AppUnderTest):
    page = visible_text(many.browser(RINI).get("/agents"))
    assert "33 % 19 %–51 %" in page, "thanks for the e-mail: 10 of 30"
    assert "2 of 2" in page
    assert "Below 20 calls only the counts are shown: too few to say" in page


def test_one_agent_week_by_week(many: AppUnderTest):
    answer = many.browser(RINI).get("/agent?name=Dewi")
    assert "from 26/10" in visible_text(answer)
    assert "from 09/11" in visible_text(answer)
    points = re.findall(r'polyline points="([^"]+)"', answer.text)
    assert len(points) == len(STEPS)
    assert len(points[0].split()) == 3
    assert many.browser(RINI).get("/agent?name=Nobody").status_code == 404


def test_only_reviewed_calls_count_when_asked(many: AppUnderTest):
    rini = many.browser(RINI)
    rini.submit(f"/call/{many.keys['budi1']}/act", kind="reviewed")
    assert "1 of 1" in visible_text(rini.get("/agents?only=reviewed"))
    assert "2 of 2" not in visible_text(rini.get("/agents?only=reviewed"))


def test_a_plan_is_reproducible_and_shrinks_with_reviewed_calls(many: AppUnderTest):
    rini = many.browser(RINI)
    address = "/sampling?kind=catch&failing=12,5&chance=95&seed=nov&agent=Dewi"

    def planned() -> list[str]:
        return re.findall(r"/call/([0-9a-f]{32})", rini.get(address).text)

    drawn = planned()
    assert planned() == drawn
    assert len(drawn) > 10
    rini.submit(f"/call/{drawn[0]}/act", kind="reviewed")
    assert drawn[0] not in planned()
    assert rini.get("/sampling?width=abc&failing=-3&chance=nan&kind=x").status_code == 200


def test_a_session_is_blind_until_it_is_closed_then_shows_where_people_differ(served: AppUnderTest):
    lea, rini, budi = (served.browser(person) for person in (LEA, RINI, BUDI))
    first, third = served.keys["first"], served.keys["third"]
    opened = lea.submit("/calibration/open", name="Nov", calls="first third", people=["Rini", "Budi"], expert="Budi")
    assert opened.status_code == 303
    at = opened.headers["location"]
    assert "first" not in re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', rini.get("/?list=all").text)
    assert rini.get(f"/call/{first}").status_code == 409
    assert lea.get(f"/call/{first}").status_code == 200, "who does not score may see"
    page = rini.get(f"{at}/{first}")
    assert page.status_code == 200
    assert "83.3" not in page.text
    assert " checked" not in page.text
    assert rini.get(f"/audio/{first}").status_code == 200, "what is scored is heard"
    assert rini.submit(f"/call/{first}/played").status_code == 204
    scored = rini.submit(f"{at}/{first}", **{f"status_{step}": "met" for step in STEPS})
    assert scored.headers["location"] == f"{at}/{third}"
    rini.submit(f"{at}/{third}", **{f"status_{step}": "missed" for step in STEPS})
    assert "checked" in rini.get(f"{at}/{first}").text
    assert "12 / 12" in visible_text(rini.get(at))
    assert "missed" not in visible_text(budi.get(f"{at}/{first}")).split("Asked")[0]
    statuses = ["met", "met", "missed", "met", "met", "met"]
    budi.submit(
        f"{at}/{first}", text_thanks_for_email="tidak ada",
        **{f"status_{step}": status for step, status in zip(STEPS, statuses, strict=True)},
    )  # fmt: skip
    assert rini.submit(f"{at}/close").status_code == 409, "a coach closes no session"
    assert lea.submit(f"{at}/close").status_code == 303
    results = visible_text(rini.get(at))
    assert "Budi did not score 6 steps" in results
    assert "Where raters differ (1)" in results
    assert "tidak ada" in results
    assert "kappa AC1" in results
    assert "Rini – Budi" in results
    late = rini.submit(f"{at}/{first}", status_closing_thanks="missed")
    assert late.status_code == 409
    assert rini.get(f"/call/{first}").status_code == 200


def test_who_is_not_invited_sees_no_session(served: AppUnderTest):
    lea, rini = served.browser(LEA), served.browser(RINI)
    eka = served.browser(Person(name="Eka", role="coach"))
    served.store.people.put(BUDI)
    at = lea.submit("/calibration/open", name="Nov", calls="first", people=["Rini", "Budi"]).headers["location"]
    assert eka.get(at).status_code == 404
    assert eka.get(f"{at}/{served.keys['first']}").status_code == 404
    assert rini.get("/calibration/999").status_code == 404
    assert rini.submit("/calibration/open", name="x", calls="first", people=["Rini", "Budi"]).status_code == 409
    alone = lea.submit("/calibration/open", name="x", calls="first", people="Rini")
    assert (alone.status_code, "at least two" in alone.text) == (409, True)
    none = lea.submit("/calibration/open", name="x", calls="no-such-call", people=["Rini", "Budi"])
    assert none.status_code == 409


def test_random_calls_are_drawn_for_a_session(many: AppUnderTest):
    many.store.people.put(RINI)
    many.store.people.put(BUDI)
    lea = many.browser(LEA)
    opened = lea.submit("/calibration/open", name="Acak", count="5", agent="Dewi", people=["Rini", "Budi"])
    at = opened.headers["location"]
    session = many.store.sessions.get(int(at.rpartition("/")[2]))
    assert session is not None
    assert len(set(session.calls)) == 5
    assert set(session.calls) <= {key for name, key in many.keys.items() if name.startswith("dewi")}


def entered_by(served: AppUnderTest, answer) -> Browser:
    link = re.search(r'value="http://127\.0\.0\.1:8123(/enter\?token=[\w-]+)"', answer.text)
    assert link
    browser = served.browser()
    browser.submit("/enter", token=link[1].partition("=")[2])
    return browser


def test_a_lead_adds_an_agent_whose_link_opens_own_calls(served: AppUnderTest):
    lea = served.browser(LEA)
    assert lea.submit("/people/add", name="Dewi A.", role="agent", agent="Dewi").status_code == 303
    made = lea.submit("/people/link", name="Dewi A.")
    assert "works once" in made.text
    dewi = entered_by(served, made)
    page = dewi.get("/").text
    assert "first" in page
    assert "third" not in page
    lea.submit("/people/lock", name="Dewi A.", disabled="1")
    assert dewi.get("/").status_code == 303
    assert lea.submit("/people/link", name="Dewi A.").status_code == 404
    lea.submit("/people/lock", name="Dewi A.", disabled="0")
    assert lea.submit("/people/link", name="Dewi A.").status_code == 200


def test_leads_cannot_lock_themselves_out(served: AppUnderTest):
    lea = served.browser(LEA)
    assert lea.submit("/people/lock", name="Lea", disabled="1").status_code == 409
    assert lea.submit("/people/add", name="Lea", role="agent").status_code == 409
    assert lea.submit("/people/add", name="", role="coach").status_code == 400
    assert lea.submit("/people/add", name="x", role="boss").status_code == 400
    account = served.store.people.get("Lea")
    assert account is not None
    assert (account.person.role, account.disabled) == ("lead", False)


def test_everybody_sets_a_password_and_other_browsers_are_signed_out(served: AppUnderTest):
    dewi, elsewhere = served.browser(DEWI), served.browser(DEWI)
    words = "four words are fine"
    assert dewi.submit("/account", password=words, again=words + "x").status_code == 400
    assert dewi.submit("/account", password=words[:5], again=words[:5]).status_code == 400
    assert dewi.submit("/account", password=words, again=words).status_code == 303
    assert dewi.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    assert elsewhere.submit("/login", name="Dewi", password=words).status_code == 303
