"""Columns and rows of each sheet. A test pins keys and order of columns: new ones go to the end of a group."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from analyzer.locale.catalogue import LANGUAGES, Labels, translate
from analyzer.models.base import Lang
from analyzer.models.finding import Finding
from analyzer.models.report import Report
from analyzer.reports.call_view import step_name
from analyzer.reports.html import Links
from analyzer.reports.page_files import step_anchor
from analyzer.reports.sentence_translation import localize_reason
from analyzer.reports.summary import STATUSES, VERDICTS, AgentFigures, Summary, causes
from analyzer.reports.xlsx.cells import Column, Row, Value, date_or_text
from analyzer.sources.call_time import read_time

Resolver = Callable[[Report], Links]
_SCORED_VERDICTS = tuple(verdict for verdict in VERDICTS if verdict != "unscorable")

_HEAD = (
    Column("call_id", "call", width=26),
    Column("recording", "recording", width=30),
    Column("agent", "agent", width=18),
    Column("started_at", "started", "date", width=17),
)
_SCORE = (
    Column("verdict", "filter.verdict", width=18, coloured=_SCORED_VERDICTS),
    Column("score", "score", "score", width=9),
    Column("score_low", "score_low", "score", width=9),
    Column("score_high", "score_high", "score", width=9),
)
_AFTER_STEPS = (
    Column("violations", "violations", width=28),
    Column("flags", "flags", width=28),
    Column("caller_role", "role", width=16),
    Column("email_reply", "email_reply", width=14),
    Column("callback_reply", "callback_reply", width=14),
    Column("exemption", "exemption", width=18),
    Column("exemption_heard", "exemption_heard", width=30),
    Column("captured_email", "captured_email", width=24),
    Column("captured_phone", "captured_phone", width=18),
    Column("record_email", "record_email", width=14),
    Column("record_phone", "record_phone", width=14),
    Column("duration", "seconds.length", "seconds", width=10),
    Column("speech_seconds", "seconds.speech", "seconds", width=10),
    Column("bad_packets", "bad_packets", "count", width=9),
    Column("channels", "channels", "count", width=8),
    Column("audio_notes", "audio_notes", width=30),
    Column("sop_version", "sop_version", width=10),
    Column("model", "model", width=14),
)
_STEP = (
    Column("call_id", "call", width=26),
    Column("agent", "agent", width=18),
    Column("started_at", "started", "date", width=17),
    Column("step", "step_key", width=22),
    Column("step_name", "step", width=34),
    Column("status", "filter.status", width=16, coloured=STATUSES),
    Column("start", "seconds.from", "seconds", width=10),
    Column("end", "seconds.to", "seconds", width=10),
    Column("channel", "speaker", width=12),
    Column("heard", "heard", width=44),
    Column("phrase", "phrase", width=34),
    Column("similarity", "similarity", "number", width=10),
    Column("confidence", "confidence", "share", width=10),
    Column("reason", "reason", width=60),
    Column("expected_start", "seconds.expected_from", "seconds", width=10),
    Column("expected_end", "seconds.expected_to", "seconds", width=10),
    Column("recording", "recording", width=30),
)
_AGENT = (
    Column("agent", "agent", width=22),
    Column("calls", "total", "count", width=10),
    Column("scored", "scored", "count", width=9),
    Column("mean_score", "mean", "score", width=10),
    *(Column(verdict, f"verdict.{verdict}", "count", width=11) for verdict in VERDICTS),
    Column("passed", "passed", "share", width=9),
    Column("passed_low", "low", "share", width=9),
    Column("passed_high", "high", "share", width=9),
    Column("note", "note", width=30),
)
_FAILED = (*_HEAD, Column("cause", "cause", width=90), Column("flags", "flags", width=30))


class SheetRows:
    """Rows of every sheet in one language."""

    def __init__(self, summary: Summary, labels: Labels, links: Resolver, lang: Lang) -> None:
        self._summary = summary
        self._labels = labels
        self._links = links
        self._lang = lang
        self._steps = [count.id for count in summary.steps]
        reports = (*summary.calls, *summary.failed)
        self._metadata = list(dict.fromkeys(name for report in reports for name in report.metadata))

    def step_name(self, step: str) -> str:
        """A step's name for people."""
        return step_name(step, self._labels)[LANGUAGES.index(self._lang)]

    def text(self, key: str, **values: object) -> str:
        """Words of the catalogue."""
        return translate(key, self._lang, **values)

    def _titled(self, columns: Sequence[Column]) -> list[Column]:
        """These columns with words for the keys in their titles."""
        return [replace(column, title=self.text(column.title)) for column in columns]

    def call_columns(self) -> list[Column]:
        """Who and when, result, a status for each step, everything else, the manifest's own columns."""
        steps = [Column(f"step:{step}", self.step_name(step), width=16, coloured=STATUSES) for step in self._steps]
        meta = [Column(f"meta:{name}", name, width=16) for name in self._metadata]
        return [*self._titled((*_HEAD, *_SCORE)), *steps, *self._titled(_AFTER_STEPS), *meta]

    def calls(self) -> Iterator[Row]:
        """One row for each scored call, worst first."""
        for report in self._summary.calls:
            statuses = {finding.id: self.text(f"status.{finding.status}") for finding in report.steps}
            values: list[Value] = [
                *self._head(report),
                self.text(f"verdict.{report.verdict}"),
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
        check = {key: self.text(f"check.{item.outcome}") for key, item in report.record_check.items()}
        return [
            "; ".join(self._violation(item.id, certain=item.certain) for item in report.violations),
            "; ".join(self.text(f"flag.{flag}") for flag in report.flags),
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
            "; ".join(self._localize(note) for note in audio.notes) if audio else None,
            report.sop.version,
            report.engine.model,
        ]

    def _violation(self, name: str, *, certain: bool) -> str:
        word = self.text(f"violation.{name}")
        return word if certain else f"{word} ({self.text('doubtful')})"

    def _chosen(self, group: str, value: str | None) -> str | None:
        return None if value is None else self.text(f"{group}.{value}")

    def _localize(self, sentence: str) -> str:
        return localize_reason(sentence, self._labels).text[LANGUAGES.index(self._lang)]

    def step_columns(self) -> Sequence[Column]:
        """Evidence of one step of one call."""
        return self._titled(_STEP)

    def steps(self) -> Iterator[Row]:
        """One row for each finding, calls worst first."""
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
            self.step_name(finding.id),
            self.text(f"status.{finding.status}"),
            finding.start,
            finding.end,
            self._chosen("channel", finding.channel),
            finding.heard,
            finding.phrase,
            finding.similarity,
            finding.confidence,
            self._localize(finding.reason),
            expected.start if expected else None,
            expected.end if expected else None,
        ]

    def agent_columns(self) -> list[Column]:
        """Totals, and of each step the share met with its interval and the calls it is of."""
        steps = [
            column
            for step in self._steps
            for column in (
                Column(f"step:{step}", self.step_name(step), "share", width=14),
                Column(f"step:{step}:low", self.text("low"), "share", width=8),
                Column(f"step:{step}:high", self.text("high"), "share", width=8),
                Column(f"step:{step}:of", self.text("of_calls"), "count", width=8),
            )
        ]
        return [*self._titled(_AGENT), *steps]

    def agents(self) -> Iterator[Row]:
        """One row for each agent, by name."""
        for group in self._summary.agents:
            yield Row(list(self._agent(group)))

    def _agent(self, group: AgentFigures) -> Iterator[Value]:
        figures = group.figures
        yield group.agent if group.agent is not None else self.text("agent_none")
        yield from (figures.calls, figures.scored, figures.mean_score)
        yield from (figures.verdicts[verdict] for verdict in VERDICTS)
        yield from (figures.passed.value, figures.passed.low, figures.passed.high)
        yield None if figures.enough else self.text("too_few", n=figures.scored)
        for step in figures.steps:
            rate = step.adherence
            yield from (rate.value, rate.low, rate.high, rate.of)

    def failed_columns(self) -> Sequence[Column]:
        """What could not be scored, and why."""
        return self._titled(_FAILED)

    def failed(self) -> Iterator[Row]:
        """One row for each recording that could not be scored."""
        for report in self._summary.failed:
            flags = "; ".join(self.text(f"flag.{flag}") for flag in report.flags)
            why = "; ".join(self._localize(cause) for cause in causes(report))
            yield Row([*self._head(report), why or self.text("cause_none"), flags], self._links(report).page)
