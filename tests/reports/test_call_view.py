"""One call, report and transcript joined: who said what when, and which words prove what."""

import base64

from analyzer.models.base import Span
from analyzer.models.finding import SecondPassEvidence, Violation
from analyzer.models.transcript import AudioTranscript, Segment, Transcript, Word
from analyzer.reports.call_view import MAX_PEAKS, CallView, call_view, downsample, read_peaks
from analyzer.reports.templating import highlight, step_markers, transcript_items, word_times
from analyzer.reports.turns import ShownTurn
from tests.reports.samples import LABELS, failed_report, finding, rich_report
from tests.reports.transcripts import AGENT, CUSTOMER, as_text, channel, heard, heard_report


def view(report=None, words: AudioTranscript | Transcript | None = None, **changes) -> CallView:
    return call_view(report or heard_report(**changes), words or heard(), LABELS, key="k1")


def said(turn: ShownTurn) -> str:
    return " ".join(word.text for word in turn.words)


def evidence(shown: CallView) -> dict[str, list[str]]:
    """Words by what they are evidence for."""
    found: dict[str, list[str]] = {}
    for turn in shown.turns:
        for run in turn.word_runs:
            for name in run.evidence:
                found.setdefault(name, []).append(" ".join(word.text for word in run.words))
    return found


def test_turns_stand_in_order_of_time_whoever_speaks():
    assert [(turn.channel, turn.start, said(turn)) for turn in view().turns] == sorted(
        [("agent", *one) for one in AGENT] + [("customer", *one) for one in CUSTOMER], key=lambda one: one[1]
    )


def test_a_short_word_of_the_other_side_does_not_tear_a_sentence():
    words = heard(channel(0, [(1.0, "jadi begini ya Pak saya bantu")]), channel(1, [(2.2, "iya")]))
    assert [said(turn) for turn in view(words=words).turns] == ["jadi begini ya Pak saya bantu", "iya"]


def test_the_heard_words_of_each_step_are_marked_and_the_exemption_s():
    assert evidence(view()) == {
        "owner_tenant_question": ["pemilik atau penyewa"],
        "email_request": ["boleh minta alamat emailnya"],
        "exemption": ["budi titik santoso"],
    }


def test_of_words_said_twice_those_nearest_in_time_are_marked():
    words = heard(channel(0, [(1.0, "terima kasih"), (4.0, "terima kasih"), (20.0, "terima kasih")]), channel(1, []))
    steps = (finding("closing_thanks", heard="Terima kasih,", start=4.3, end=5.0),)
    (turn,) = [turn for turn in view(words=words, steps=steps, exemption=None).turns if turn.start == 1.0]
    assert [word.evidence for word in turn.words] == [(), (), ("closing_thanks",), ("closing_thanks",)]


def test_words_that_were_read_together_are_found_by_their_letters():
    words = heard(channel(0, [(1.0, "untuk e mail nya mohon")]), channel(1, []))
    steps = (finding("email_request", heard="email nya", start=1.5, end=3.0),)
    assert evidence(view(words=words, steps=steps, exemption=None)) == {"email_request": ["e mail nya"]}


def test_words_that_are_not_found_are_marked_by_their_time():
    steps = (finding("email_request", heard="ganz anders", start=12.4, end=13.6),)
    assert evidence(view(steps=steps, exemption=None)) == {"email_request": ["minta alamat"]}


def test_without_sides_the_words_of_the_one_channel_are_marked():
    shown = view(words=heard(channel(0, [*AGENT, *CUSTOMER])), agent_side=None)
    assert [track.channel for track in shown.tracks] == ["unknown"]
    assert evidence(shown)["owner_tenant_question"] == ["pemilik atau penyewa"]


def test_the_agent_s_lane_is_the_first_whichever_channel_it_is():
    shown = view(words=heard(channel(0, CUSTOMER), channel(1, AGENT)), agent_side=1)
    assert [track.channel for track in shown.tracks] == ["agent", "customer"]
    assert shown.tracks[0].speech[0].start == AGENT[0][0]


def test_the_reason_s_quote_has_its_place_in_the_call():
    reason = 'Not due: the caller is neither owner, tenant nor responsible ("saya penyewanya").'
    steps = (finding("email_request", "not_applicable"),)
    steps = (steps[0].model_copy(update={"reason": reason}),)
    shown = view(steps=steps, exemption=None)
    assert shown.steps[0].quote is not None
    assert (shown.steps[0].quote.text, shown.steps[0].quote.start) == ("saya penyewanya", 9.0)
    assert shown.steps[0].reason[0].startswith("Tidak berlaku: penelepon bukan pemilik")
    assert evidence(shown) == {"quote.email_request": ["saya penyewanya"]}


def test_words_that_only_a_second_reading_has_are_shown_as_such():
    looked = Span(start=16.0, end=20.0)
    second = SecondPassEvidence(
        looked=looked, model="besar", outcome="said", heard="terima kasih Bapak", start=17.0, end=18.0
    )
    steps = (finding("closing_thanks", heard=second.heard, start=17.0, end=18.0, second=second),)
    shown = view(steps=steps, exemption=None)
    (again,) = [turn for turn in shown.turns if turn.second]
    assert (again.channel, said(again), again.exact) == ("agent", "terima kasih Bapak", False)
    assert evidence(shown) == {"closing_thanks": ["terima kasih Bapak"]}


def test_a_second_reading_that_agrees_adds_nothing():
    assert not any(turn.second for turn in view().turns)


def test_the_place_of_a_missed_step_stands_between_the_turns():
    items = transcript_items(view())
    at = next(index for index, item in enumerate(items) if item.region)
    missed = items[at].step
    assert missed is not None
    assert missed.finding.id == "closing_thanks"
    assert [item.turn.start for item in items[at - 1 :] if item.turn] == [15.0, 20.0]


def test_regions_tell_evidence_from_where_a_step_belongs():
    assert [(one.step, one.kind, one.start, one.end) for one in view().regions] == [
        ("owner_tenant_question", "heard", 7.0, 8.5),
        ("email_request", "expected", 10.0, 16.0),
        ("email_request", "heard", 12.0, 14.0),
        ("closing_thanks", "expected", 16.5, 20.0),
    ]


def test_marks_of_steps_close_together_stand_in_rows_of_their_own():
    steps = tuple(finding(step, start=at, end=at + 0.2) for step, at in zip("abc", (2.0, 2.3, 9.0), strict=True))
    shown = step_markers(view(steps=steps))
    assert [(marker.number, marker.row) for marker in shown.markers] == [(1, 0), (2, 1), (3, 0)]
    assert (shown.rows, shown.ticks) == (2, (5, 10, 15, 20))


def test_violations_and_near_misses_are_marked_apart():
    said_it = Violation(id="refused_to_process", heard="boleh minta", start=12.0)
    shown = view(violations=(said_it,))
    names = [highlight(run.evidence, shown) for turn in shown.turns for run in turn.word_runs if run.evidence]
    assert [name.css for name in names if name] == ["m s-met", "m s-unsure", "m s-unsure", "m s-not_applicable"]
    assert {one.key for name in names if name for one in name.names} >= {"violation.refused_to_process", "exemption"}


def test_a_transcript_of_somebody_else_has_lanes_without_sound():
    shown = view(words=as_text(heard()), audio=None)
    assert [(track.channel, track.peaks) for track in shown.tracks] == [("agent", ()), ("customer", ())]
    assert not shown.has_sound
    assert evidence(shown)["owner_tenant_question"] == ["pemilik atau penyewa"]


def test_words_without_times_are_spread_over_their_segment_and_said_to_be_estimates():
    bare = Segment(start=2.0, end=4.0, speaker="agent", text="selamat pagi Bapak", words=None)
    (turn,) = view(words=Transcript(duration=5.0, segments=(bare,)), steps=(), exemption=None).turns
    assert (turn.start, turn.end, turn.exact) == (2.0, 4.0, False)
    assert [word.start for word in turn.words] == sorted(word.start for word in turn.words)


def test_empty_words_and_blanks_inside_words_keep_words_and_times_together():
    odd = Segment(
        start=0.0, end=3.0, speaker="agent", text="a",
        words=tuple(Word(start=at, end=at + 0.5, text=text) for at, text in enumerate(["dua puluh", " ", "tiga"])),
    )  # fmt: skip
    (turn,) = view(words=Transcript(duration=5.0, segments=(odd,)), steps=(), exemption=None).turns
    assert [word.text for word in turn.words] == ["dua\u00a0puluh", "tiga"]
    assert word_times(turn) == "50,150_50"


def test_without_a_transcript_there_is_still_everything_that_was_decided():
    shown = call_view(rich_report(), None, LABELS, key="k")
    assert (shown.turns, shown.tracks, len(shown.steps)) == ((), (), 3)
    assert shown.causes == (("The file ends early.", "The file ends early."),)


def test_a_recording_that_failed_says_why_in_both_languages():
    report = failed_report().model_copy(
        update={"error": "a.wav: empty file (0 bytes). Nothing was recorded, or copying broke off: copy it again."}
    )
    (cause,) = call_view(report, None, LABELS, key="k").causes
    assert cause[0].startswith("a.wav: berkas kosong")


def test_outlines_become_fewer_without_losing_what_is_loud():
    loud = [3] * 5000
    loud[1234] = 255
    assert len(downsample(loud, MAX_PEAKS)) == MAX_PEAKS
    assert max(downsample(loud, MAX_PEAKS)) == 255
    assert downsample([1, 2, 3], MAX_PEAKS) == (1, 2, 3)
    assert read_peaks(base64.b64encode(bytes([0, 9])).decode()) == (0, 9)
    assert read_peaks(None) == read_peaks("no base64!") == ()
