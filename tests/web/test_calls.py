"""What people do with a call, as their browser sends it; what it did is told and kept."""

import re

import pytest

from analyzer.models.review import CallFilter, Person
from tests.review.cases import BUDI, DEWI, LEA, RINI, new_event
from tests.web.app_client import AppUnderTest, Browser

MISSED = "thanks_for_email"  # what `first` misses


def act(served: AppUnderTest, browser: Browser, call: str = "first", **fields: object):
    return browser.submit(f"/call/{served.keys[call]}/act", **fields)


def page_of(served: AppUnderTest, browser: Browser, call: str = "first") -> str:
    return str(browser.get(f"/call/{served.keys[call]}").text)


def text_of(page: str, element: str) -> str:
    match = re.search(rf'id="{element}"[^>]*>(.*?)</(?:p|b|section|ol|li|div)>', page, re.DOTALL)
    assert match, element
    return " ".join(re.sub(r"<[^>]+>", " ", match[1]).split())


def test_an_overruled_step_changes_the_score_beside_the_machine_s(served: AppUnderTest):
    rini = served.browser(RINI)
    assert "83.3" in page_of(served, rini)
    answer = act(served, rini, kind="override", step=MISSED, status="met", text="Jelas di 0:31")
    assert answer.status_code == 303
    shown = rini.get(answer.headers["location"].partition("#")[0]).text
    assert text_of(shown, "machine-score") == "83.3"
    assert text_of(shown, "now-score") == "100"
    assert text_of(shown, "said") == "Saved. Score 83.3 → 100, Pass."
    assert "Jelas di 0:31" in shown
    assert "Rini" in text_of(shown, "history")
    opened = served.context.service.call(RINI, served.keys["first"])
    assert opened.reviewed.machine.score == 83.33
    assert [(e.kind, e.who, e.text) for e in opened.case.events] == [("override", "Rini", "Jelas di 0:31")]


def test_an_override_needs_a_reason_and_another_status(served: AppUnderTest):
    rini = served.browser(RINI)
    for text in ("", "   "):
        answer = act(served, rini, kind="override", step=MISSED, status="met", text=text, query="list=all")
        assert answer.status_code == 400
        assert "give the reason" in answer.text
        assert 'name="query" value="list=all"' in answer.text, "the filters stay"
    same = act(served, rini, kind="override", step=MISSED, status="missed", text="so")
    assert same.status_code == 400
    assert "already" in same.text or "holds" in same.text
    assert served.context.service.call(RINI, served.keys["first"]).case.events == ()


def test_undo_restores_the_status_before(served: AppUnderTest):
    rini = served.browser(RINI)
    act(served, rini, kind="override", step=MISSED, status="met", text="jelas")
    number = served.context.service.call(RINI, served.keys["first"]).case.events[-1].number
    act(served, rini, kind="undo", target=number)
    page = page_of(served, rini)
    assert "now-score" not in page
    assert "(undone)" in page
    coach = served.browser(BUDI)
    act(served, rini, kind="agree", step=MISSED)
    other = served.context.service.call(RINI, served.keys["first"]).case.events[-1].number
    refused = act(served, coach, kind="undo", target=other)
    assert refused.status_code == 403
    assert "Only its author or a lead" in refused.text


def test_a_form_that_is_sent_twice_counts_once(served: AppUnderTest):
    rini = served.browser(RINI)
    for _ in range(2):
        act(served, rini, kind="comment", text="dengar lagi", at="1:05", token="ab" * 16)
    events = served.context.service.call(RINI, served.keys["first"]).case.events
    assert [(e.kind, e.at) for e in events] == [("comment", 65.0)]


def test_of_two_decisions_at_once_the_last_holds_and_both_people_are_informed(served: AppUnderTest):
    rini, budi = served.browser(RINI), served.browser(BUDI)
    page_of(served, rini)
    page_of(served, budi)
    act(served, rini, kind="override", step=MISSED, status="met", text="jelas", seen=0)
    late = act(served, budi, kind="override", step=MISSED, status="unsure", text="tidak jelas", seen=0)
    shown = budi.get(late.headers["location"].partition("#")[0]).text
    assert "Rini has just decided" in text_of(shown, "said")
    opened = served.context.service.call(RINI, served.keys["first"])
    assert [e.who for e in opened.case.events] == ["Rini", "Budi"]
    assert {step.machine.id: step.status for step in opened.reviewed.steps}[MISSED] == "unsure"
    seen = opened.case.events[-1].number
    after = act(served, rini, kind="override", step=MISSED, status="met", text="tetap jelas", seen=seen)
    assert "met=" not in after.headers["location"], "Rini had seen Budi's"


def test_a_decision_on_a_call_that_was_scored_again_is_refused(served: AppUnderTest):
    rini = served.browser(RINI)
    answer = act(served, rini, kind="agree", step=MISSED, inputs="an-earlier-report")
    assert answer.status_code == 409
    assert "scored anew" in answer.text


def test_done_goes_to_the_next_call_although_decisions_moved_this_one(served: AppUnderTest):
    rini = served.browser(RINI)
    listed = [row.listed for row in served.context.service.queue(RINI, CallFilter(waiting=True)).rows]
    first, second = listed[0], listed[1]
    link = re.search(rf'href="(/call/{first.call}\?place=[^"]+)"', rini.get("/").text)
    assert link
    place = re.search(r'name="place" value="([^"]+)"', rini.get(link[1].replace("&amp;", "&")).text)
    assert place
    for step in ("thanks_for_email", "email_request", "callback_question"):
        fields = {"kind": "override", "step": step, "status": "not_applicable", "text": "x", "place": place[1]}
        rini.submit(f"/call/{first.call}/act", **fields)
    done = rini.submit(f"/call/{first.call}/act", kind="reviewed", then="next", place=place[1])
    assert done.headers["location"].startswith(f"/call/{second.call}?place=")
    answer = done
    for _ in range(5):
        if "/call/" not in answer.headers["location"]:
            break
        address = answer.headers["location"]
        key = address.split("/")[2].partition("?")[0]
        place = re.search(r'name="place" value="([^"]+)"', rini.get(address).text)
        assert place
        answer = rini.submit(f"/call/{key}/act", kind="reviewed", then="next", place=place[1])
    assert answer.headers["location"] == "/?ended=1"
    assert "End of the queue" in rini.get("/?ended=1").text


def test_filters_stay_with_the_call_and_its_next(served: AppUnderTest):
    rini = served.browser(RINI)
    page = rini.get(f"/call/{served.keys['second']}?list=all&agent=Dewi").text
    assert "/next?list=all&amp;agent=Dewi&amp;after=" in page
    moved = rini.get(f"/next?list=all&agent=Dewi&after={served.keys['second']}&place=0_-1.0")
    assert re.match(r"/call/[0-9a-f]{32}\?list=all&agent=Dewi&place=", moved.headers["location"])


def test_an_agent_reads_disputes_and_a_lead_answers(served: AppUnderTest):
    dewi, lea, rini = served.browser(DEWI), served.browser(LEA), served.browser(RINI)
    act(served, rini, kind="coaching", text="Bagus, lanjutkan")
    act(served, rini, kind="comment", text="antara kita saja")
    listed = dewi.get("/").text
    assert "first" in listed
    assert "third" not in listed
    page = page_of(served, dewi)
    assert "Bagus, lanjutkan" in page
    assert "antara kita saja" not in page
    assert act(served, dewi, kind="acknowledge").status_code == 303
    assert act(served, dewi, kind="dispute", step=MISSED, text="Saya sudah bilang").status_code == 303
    assert "Waiting for a lead" in page_of(served, dewi)
    assert "disputes it" in lea.get("/?list=disputed").text
    dispute = served.context.service.call(LEA, served.keys["first"]).state.open_disputes[0].event.number
    assert act(served, rini, kind="accept", target=dispute, status="met").status_code == 403
    assert act(served, lea, kind="accept", target=dispute, status="met", text="Betul").status_code == 303
    answered = page_of(served, dewi)
    assert "Dispute accepted" in answered
    assert "Betul" in answered
    assert text_of(answered, "now-score") == "100"


def test_agents_may_do_only_what_their_role_permits(served: AppUnderTest):
    dewi = served.browser(DEWI)
    assert act(served, dewi, kind="override", step=MISSED, status="met", text="x").status_code == 403
    assert act(served, dewi, kind="comment", text="x").status_code == 403
    for path in ("/agents", "/sampling", "/calibration", "/people", "/agent?name=Dewi", "/next"):
        assert dewi.get(path).status_code == 403, path
    assert act(served, dewi, call="third", kind="acknowledge").status_code == 404


@pytest.mark.parametrize("person", [RINI, BUDI, DEWI])
def test_only_leads_manage_accounts(served: AppUnderTest, person: Person):
    browser = served.browser(person)
    assert browser.get("/people").status_code == 403
    for path in ("/people/add", "/people/link", "/people/lock"):
        assert browser.submit(path, name="Lea", role="agent", disabled="1").status_code == 403
    assert served.store.people.get("Lea") is None


def test_opening_and_playing_a_call_is_logged_once_an_interval(served: AppUnderTest):
    rini = served.browser(RINI)
    for _ in range(3):
        page_of(served, rini)
        rini.get(f"/audio/{served.keys['first']}", headers={"Range": "bytes=0-9"})
    rini.submit(f"/call/{served.keys['first']}/played")
    rini.submit(f"/call/{served.keys['first']}/played")
    assert [e.kind for e in served.store.history.of(served.keys["first"])] == ["view", "play"]
    assert "opened the call" not in page_of(served, rini)
    assert "opened the call" in page_of(served, served.browser(LEA))


def test_a_violation_that_the_machine_missed_is_added(served: AppUnderTest):
    rini = served.browser(RINI)
    answer = act(served, rini, kind="confirm", step="refused_to_process", text="tidak bisa lanjut", at="0:41")
    assert answer.status_code == 303
    opened = served.context.service.call(RINI, served.keys["first"])
    assert opened.reviewed.report.verdict == "fail"
    assert "Refused to go on" in page_of(served, rini)
    act(served, rini, kind="dismiss", step="refused_to_process", text="keliru")
    assert served.context.service.call(RINI, served.keys["first"]).reviewed.report.verdict == "pass"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "view"},
        {"kind": "export"},
        {"kind": "delete"},
        {"kind": "comment", "text": "x", "at": "soon"},
        {"kind": "comment", "text": "x", "at": "-1:00"},
        {"kind": "undo", "target": "1e3"},
        {"kind": "override", "step": MISSED, "status": "great", "text": "x"},
        {"kind": "comment", "text": "x" * 4001},
    ],
    ids=str,
)
def test_values_that_no_form_of_the_app_sends_are_refused(served: AppUnderTest, fields):
    assert act(served, served.browser(LEA), **fields).status_code == 400
    assert served.context.service.call(LEA, served.keys["first"]).case.events == ()


def test_a_restart_keeps_decisions_and_sessions(served: AppUnderTest, tmp_path):
    from analyzer.web.context import create_context

    rini = served.browser(RINI)
    act(served, rini, kind="override", step=MISSED, status="met", text="jelas")
    old = served.context
    again = create_context(
        old.service, old.audio, old.transcript_of, old.settings, default="en", secure=False, auto_sign_in=True
    )
    served.app.state.context = again
    assert text_of(page_of(served, rini), "now-score") == "100", "and who was signed in still is"


def test_the_queue_filters_and_finds_words(served: AppUnderTest):
    from tests.review.cases import scored_report, store_reports

    store_reports(served.store, scored_report("spoken", "xxxxxx", agent="Eka"), words={"spoken": "alamat emailnya apa"})
    rini = served.browser(RINI)

    def listed(query: str) -> list[str]:
        return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', rini.get(f"/?{query}").text)

    assert set(listed("list=all")) == {"first", "second", "third", "spoken"}
    assert listed("list=all&q=emailnya") == ["spoken"]
    assert listed('list=all&q="emailnya alamat"') == []
    assert listed("list=all&agent=Budi") == ["third"]
    assert set(listed(f"list=all&step={MISSED}&status=missed")) == {"first", "second", "third", "spoken"}
    assert listed("list=all&step=owner_tenant_question&status=met&agent=Budi") == []
    assert listed("list=all&verdict=pass") == ["first"]
    assert listed("list=all&since=2026-11-03&until=2026-11-03") == ["first"]
    assert listed("list=all&since=2026-11-04") == []
    assert set(listed("list=nonsense&status=odd&verdict=x&since=y&why=a-b&page=-1")) == set(listed(""))
    served.context.service.add_event(RINI, new_event(served.keys["second"], "reviewed"))
    assert listed("list=reviewed") == ["second"]
    assert "second" not in listed("")


def test_a_long_list_comes_in_pages_that_leave_nothing_out(tmp_path):
    from analyzer.store.store import Store
    from tests.review.cases import scored_report
    from tests.web.app_client import app_over

    store = Store(tmp_path / "analyzer.db")
    served = app_over(tmp_path, store, *(scored_report(f"call{n:02}", "xxxxxx") for n in range(7)), page_rows=3)
    rini = served.browser(RINI)
    call_ids: list[str] = []
    for page in (1, 2, 3):
        text = rini.get(f"/?list=all&page={page}").text
        call_ids += re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', text)
        assert ('rel="next"' in text) == (page < 3)
    assert sorted(call_ids) == [f"call{n:02}" for n in range(7)]
    assert rini.get("/?list=all&page=99").headers["location"] == "/?list=all&page=3"
    served.context.audio.close()
    store.close()
