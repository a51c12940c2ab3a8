"""Which stretches of a call are worth reading again."""

from collections.abc import Iterable, Sequence

from analyzer.models.bank import PhraseBank
from analyzer.models.bank_settings import SecondLook
from analyzer.models.base import Span
from analyzer.models.finding import Finding
from analyzer.models.transcript import ChannelSpan


def wanted_spans(
    findings: Sequence[Finding], bank: PhraseBank, channels: Iterable[int], end: float
) -> tuple[ChannelSpan, ...]:
    """Where missed and unsure steps may have been said, on each of `channels`, merged and in order.

    `end`: length of the recording in seconds; nothing behind it can be read.
    """
    settings = bank.second_look
    if settings is None:
        return ()
    places = [place for finding in findings if (place := place_of(finding, settings, end)) is not None]
    merged: list[Span] = []
    for span in sorted(places, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(
        ChannelSpan(channel=channel, start=span.start, end=span.end) for channel in channels for span in merged
    )


def place_of(finding: Finding, settings: SecondLook, end: float) -> Span | None:
    """The stretch to read again for one step; None when it was decided or was not due.

    Of a long stretch its end: data are asked for, and a call is closed, late in it.
    """
    if finding.status not in {"missed", "unsure"} or finding.expected is None:
        return None
    last = min(finding.expected.end, end)
    first = max(finding.expected.start, last - settings.most_seconds)
    return Span(start=round(first, 2), end=round(last, 2)) if last > first else None
