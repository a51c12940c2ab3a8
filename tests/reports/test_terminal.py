"""The summary after a run, as printed."""

import io

from rich.console import Console

from analyzer.reports.summary import summarise
from analyzer.reports.terminal import summary_table
from tests.reports.samples import failed_report, report, rich_report

PRINTED = """\
3 calls

 verdict      calls
 ──────────────────
 fail             1
 review           0
 pass             1
 exempt           0
 unscorable       1

 mean score      75

Worst calls

 call        verdict, score   why
 ──────────────────────────────────────────────────────────────
 c2 (Rini)   fail 33.3-66.7   violation: refused_to_process,
                              new_rule (doubtful); missed:
                              email_request; unsure:
                              closing_thanks

Could not be scored

 recording           cause
 ────────────────────────────────────────────────
 damaged/empty.wav   The file is empty (0 bytes).

"""


def printed(reports, width: int = 64, *, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    console.print(summary_table(summarise(reports)))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def test_totals_worst_calls_and_failures_are_printed():
    assert printed([report(), rich_report(), failed_report()]) == PRINTED


def test_a_good_batch_says_so():
    assert "No call needs a look." in printed([report()])
    assert "No call needs a look." not in printed([failed_report()])


def test_a_narrow_terminal_keeps_every_word():
    text = printed([rich_report(), failed_report()], width=40)
    assert max(len(line) for line in text.splitlines()) <= 40
    joined = "".join(line[27:].strip() for line in text.splitlines())
    for word in ("refused_to_process", "new_rule", "email_request", "closing_thanks"):
        assert word in joined
    assert "33.3-66.7" in text


def test_what_is_cut_is_counted():
    many = [report(f"c{i:02}", "fail", score_low=float(i)) for i in range(13)]
    many += [failed_report().model_copy(update={"recording": f"x{i:02}.wav"}) for i in range(22)]
    text = printed(many)
    assert "... and 3 more need a look; see report.html" in text
    assert "... and 2 more could not be scored; see results.jsonl" in text
    assert "c09" in text
    assert "c10" not in text


def test_names_from_outside_neither_style_nor_steer_the_terminal():
    evil = "[red]x[/red]\x1b[2J\x07\r\u202e"
    text = printed([report(evil, "fail", agent=evil), report("u", "unscorable", error=evil)], terminal=True)
    assert "[red]x[/red][2J" in text
    assert not set(text) & {"\x1b", "\x07", "\r", "\u202e"}


def test_long_text_is_shortened_with_a_mark():
    text = printed([report("u", "unscorable", error="x" * 40_000)])
    assert len(text) < 2000
    assert "…" in text
