"""A report without personal values: in every text of it, and in the values themselves. What words prove stays."""

import re

from analyzer.entities.redaction import MASK, Finder
from analyzer.models.finding import Captured, Finding, RecordCheckItem
from analyzer.models.report import Report
from analyzer.reports.reasons import told

_LONG_NUMBER = re.compile(r"\+?\d{9,}")  # in names of files and calls; dates and times there have fewer digits
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Hider:
    """Takes personal values out of the parts of a report."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def report(self, report: Report) -> Report:
        """The whole report."""
        captured, exemption = report.captured, report.exemption
        return report.model_copy(
            update={
                "call_id": self.name(report.call_id),
                "recording": self.name(report.recording),
                "metadata": {key: self.name(self._finder.masked(text)) for key, text in report.metadata.items()},
                "steps": tuple(map(self.finding, report.steps)),
                "exemption": exemption and exemption.model_copy(update={"heard": self.quote(exemption.heard)}),
                "violations": tuple(v.model_copy(update={"heard": self.quote(v.heard)}) for v in report.violations),
                "captured": Captured(email=_value(captured.email), phone=_value(captured.phone)),
                "record_check": {key: _checked(item) for key, item in report.record_check.items()},
                "error": report.error and self.name(report.error),
            }
        )

    def finding(self, finding: Finding) -> Finding:
        """One finding with its evidence and its second reading."""
        second = finding.second
        if second is not None:
            first, again = (text and self.quote(text) for text in (second.first, second.heard))
            second = second.model_copy(update={"first": first, "heard": again})
        heard = finding.heard and self.quote(finding.heard)
        return finding.model_copy(update={"heard": heard, "second": second, "reason": self.reason(finding.reason)})

    def reason(self, reason: str) -> str:
        """A reason whose quoted words hold no value."""
        quote = told(reason, {}).quote
        return self.name(reason.replace(quote, self.quote(quote)) if quote else reason)

    def quote(self, text: str) -> str:
        """Words heard; a value may have been cut off at their edges."""
        return self.name(self._finder.masked(text, strict=True))

    def name(self, text: str) -> str:
        """Names of files and calls often hold the caller's number."""
        return _LONG_NUMBER.sub(MASK, _ADDRESS.sub(MASK, text))


def _value(value: str | None) -> str | None:
    return None if value is None else MASK


def _checked(item: RecordCheckItem) -> RecordCheckItem:
    return item.model_copy(update={"recorded": _value(item.recorded), "said": _value(item.said)})
