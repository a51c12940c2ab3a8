"""The columns of each sheet and what stands in them. A test pins keys and order: new ones go to the end of a group."""

from collections.abc import Callable, Iterator, Sequence

from analyzer.models.finding import Finding
from analyzer.models.report import Report
from analyzer.reports.call_times import read_time
from analyzer.reports.html import Links
from analyzer.reports.page_files import step_anchor
from analyzer.reports.reasons import told
from analyzer.reports.summary.batch import AgentFigures, Summary, causes
from analyzer.reports.summary.figures import STATUSES, VERDICTS
from analyzer.reports.words import WORDS, Both, Labels, plain
from analyzer.reports.xlsx.cells import Column, Row, Value, date_or_text

Resolver = Callable[[Report], Links]
_SCORED_VERDICTS = tuple(verdict for verdict in VERDICTS if verdict != "unscorable")

_HEAD = (
    Column("call_id", WORDS["call"], width=26),
    Column("recording", WORDS["recording"], width=30),
    Column("agent", WORDS["agent"], width=18),
    Column("started_at", WORDS["started"], "date", width=17),
)
_SCORE = (
    Column("verdict", WORDS["filter.verdict"], width=18, coloured=_SCORED_VERDICTS),
    Column("score", WORDS["score"], "score", width=9),
    Column("score_low", WORDS["score_low"], "score", width=9),
    Column("score_high", WORDS["score_high"], "score", width=9),
)
_AFTER_STEPS = (
    Column("violations", WORDS["violations"], width=28),
    Column("flags", WORDS["flags"], width=28),
    Column("caller_role", WORDS["role"], width=16),
    Column("email_reply", WORDS["email_reply"], width=14),
    Column("callback_reply", WORDS["callback_reply"], width=14),
    Column("exemption", WORDS["exemption"], width=18),
    Column("exemption_heard", WORDS["exemption_heard"], width=30),
    Column("captured_email", WORDS["captured_email"], width=24),
    Column("captured_phone", WORDS["captured_phone"], width=18),
    Column("record_email", WORDS["record_email"], width=14),
    Column("record_phone", WORDS["record_phone"], width=14),
    Column("duration", WORDS["seconds.length"], "seconds", width=10),
    Column("speech_seconds", WORDS["seconds.speech"], "seconds", width=10),
    Column("bad_packets", WORDS["bad_packets"], "count", width=9),
    Column("channels", WORDS["channels"], "count", width=8),
    Column("audio_notes", WORDS["audio_notes"], width=30),
    Column("sop_version", WORDS["sop_version"], width=10),
    Column("model", WORDS["model"], width=14),
)
_STEP = (
    Column("call_id", WORDS["call"], width=26),
    Column("agent", WORDS["agent"], width=18),
    Column("started_at", WORDS["started"], "date", width=17),
    Column("step", WORDS["step_key"], width=22),
    Column("step_name", WORDS["step"], width=34),
    Column("status", WORDS["filter.status"], width=16, coloured=STATUSES),
    Column("start", WORDS["seconds.from"], "seconds", width=10),
    Column("end", WORDS["seconds.to"], "seconds", width=10),
    Column("channel", WORDS["speaker"], width=12),
    Column("heard", WORDS["heard"], width=44),
    Column("phrase", WORDS["phrase"], width=34),
    Column("similarity", WORDS["similarity"], "number", width=10),
    Column("confidence", WORDS["confidence"], "share", width=10),
    Column("reason", WORDS["reason"], width=60),
    Column("expected_start", WORDS["seconds.expected_from"], "seconds", width=10),
    Column("expected_end", WORDS["seconds.expected_to"], "seconds", width=10),
    Column("recording", WORDS["recording"], width=30),
)
_AGENT = (
    Column("agent", WORDS["agent"], width=22),
    Column("calls", WORDS["total"], "count", width=10),
    Column("scored", WORDS["scored"], "count", width=9),
    Column("mean_score", WORDS["mean"], "score", width=10),
    *(Column(verdict, WORDS[f"verdict.{verdict}"], "count", width=11) for verdict in VERDICTS),
    Column("passed", WORDS["passed"], "share", width=9),
    Column("passed_low", WORDS["low"], "share", width=9),
    Column("passed_high", WORDS["high"], "share", width=9),
    Column("note", WORDS["note"], width=30),
)
_FAILED = (*_HEAD, Column("cause", WORDS["cause"], width=90), Column("flags", WORDS["flags"], width=30))


class Sheets:
    """Rows of every sheet in one language."""

    def __init__(self, summary: Summary, labels: Labels, links: Resolver, language: int) -> None:
        self._summary = summary
        self._labels = labels
        self._links = links
        self._language = language
        self._steps = [count.id for count in summary.steps]
        reports = (*summary.calls, *summary.failed)
        self._metadata = list(dict.fromkeys(name for report in reports for name in report.metadata))

    def name(self, step: str) -> Both:
        """A step's name for people."""
        words = plain(step).capitalize()
        return self._labels.get(step, (words, words))

    def word(self, key: str) -> str:
        """Words of the dictionary."""
        return WORDS[key][self._language] if key in WORDS else plain(key.rpartition(".")[2])

    def call_columns(self) -> list[Column]:
        """Who and when, result, a status a step, everything else, the manifest's own columns."""
        steps = [Column(f"step:{one}", self.name(one), width=16, coloured=STATUSES) for one in self._steps]
        meta = [Column(f"meta:{name}", (name, name), width=16) for name in self._metadata]
        return [*_HEAD, *_SCORE, *steps, *_AFTER_STEPS, *meta]

    def calls(self) -> Iterator[Row]:
        """One row a scored call, worst first."""
        for report in self._summary.calls:
            statuses = {finding.id: self.word(f"status.{finding.status}") for finding in report.steps}
            values: list[Value] = [
                *self._head(report),
                self.word(f"verdict.{report.verdict}"),
                report.score,
                report.score_low,
                report.score_high,
                *(statuses.get(step) for step in self._steps),
                *self._after_steps(report),
                *(report.metadata.get(name) for name in self._metadata),
            ]
            yield Row(values, self._links(report).page)

    def _head(self, report: Report) -> list[Value]:
        when = date_or_text(report.started_at, read_time(report.started_at))
        return [report.call_id, report.recording, report.agent, when]

    def _after_steps(self, report: Report) -> list[Value]:
        audio, exemption = report.audio, report.exemption
        check = {key: self.word(f"check.{item.outcome}") for key, item in report.record_check.items()}
        return [
            "; ".join(self._violation(one.id, certain=one.certain) for one in report.violations),
            "; ".join(self.word(f"flag.{flag}") for flag in report.flags),
            self._chosen("role", report.caller_role),
            self._chosen("email_reply", report.email_reply),
            self._chosen("callback_reply", report.callback_reply),
            self._chosen("exemption", exemption.kind if exemption else None),
            exemption.heard if exemption else None,
            report.captured.email,
            report.captured.phone,
            check.get("email"),
            check.get("phone"),
            report.duration,
            audio.speech_seconds if audio else None,
            audio.bad_packets if audio else None,
            audio.channels if audio else None,
            "; ".join(self._told(note) for note in audio.notes) if audio else None,
            report.sop.version,
            report.engine.model,
        ]

    def _violation(self, name: str, *, certain: bool) -> str:
        word = self.word(f"violation.{name}")
        return word if certain else f"{word} ({self.word('doubtful')})"

    def _chosen(self, group: str, value: str | None) -> str | None:
        return None if value is None else self.word(f"{group}.{value}")

    def _told(self, sentence: str) -> str:
        return told(sentence, self._labels).text[self._language]

    def step_columns(self) -> Sequence[Column]:
        """Evidence of one step of one call."""
        return _STEP

    def steps(self) -> Iterator[Row]:
        """One row a finding, calls worst first."""
        for report in self._summary.calls:
            page = self._links(report).page
            call_id, recording, agent, when = self._head(report)
            for number, finding in enumerate(report.steps, start=1):
                values = [call_id, agent, when, *self._finding(finding), recording]
                yield Row(values, page + step_anchor(number) if page else None)

    def _finding(self, finding: Finding) -> list[Value]:
        expected = finding.expected
        return [
            finding.id,
            self.name(finding.id)[self._language],
            self.word(f"status.{finding.status}"),
            finding.start,
            finding.end,
            self._chosen("channel", finding.channel),
            finding.heard,
            finding.phrase,
            finding.similarity,
            finding.confidence,
            self._told(finding.reason),
            expected.start if expected else None,
            expected.end if expected else None,
        ]

    def agent_columns(self) -> list[Column]:
        """Totals, and of each step the share met with its interval and the calls it is of."""
        steps = [
            column
            for step in self._steps
            for column in (
                Column(f"step:{step}", self.name(step), "share", width=14),
                Column(f"step:{step}:low", WORDS["low"], "share", width=8),
                Column(f"step:{step}:high", WORDS["high"], "share", width=8),
                Column(f"step:{step}:of", WORDS["of_calls"], "count", width=8),
            )
        ]
        return [*_AGENT, *steps]

    def agents(self) -> Iterator[Row]:
        """One row an agent, by name."""
        for one in self._summary.agents:
            yield Row(list(self._agent(one)))

    def _agent(self, one: AgentFigures) -> Iterator[Value]:
        shown = one.figures
        yield one.agent if one.agent is not None else self.word("agent_none")
        yield from (shown.calls, shown.scored, shown.mean_score)
        yield from (shown.verdicts[verdict] for verdict in VERDICTS)
        yield from (shown.passed.value, shown.passed.low, shown.passed.high)
        yield None if shown.enough else self.word("too_few").replace("{n}", str(shown.scored))
        for step in shown.steps:
            rate = step.adherence
            yield from (rate.value, rate.low, rate.high, rate.of)

    def failed_columns(self) -> Sequence[Column]:
        """What could not be scored, and why."""
        return _FAILED

    def failed(self) -> Iterator[Row]:
        """One row a recording that could not be scored."""
        for report in self._summary.failed:
            flags = "; ".join(self.word(f"flag.{flag}") for flag in report.flags)
            why = "; ".join(self._told(cause) for cause in causes(report))
            yield Row([*self._head(report), why or self.word("cause_none"), flags], self._links(report).page)
