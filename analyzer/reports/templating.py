"""Jinja2 as all pages use it: text escaped, words in every language, and the geometry of a call's timeline.

Pages switch their language without a server: an element that holds words carries the key (`data-t`) or the text in
each language (`data-w-id`, `data-w-en`), and `assets/i18n.js` fills in the other language. The review app builds on
the same environment.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Literal

from babel.dates import format_datetime
from babel.numbers import format_decimal
from jinja2 import BaseLoader, ChoiceLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from analyzer.locale.catalogue import LANGUAGES, Localized, in_every_language, localized, translate
from analyzer.models.base import Lang, Span, Status
from analyzer.reports.call_view import CallView, Region, ShownStep
from analyzer.reports.safe_text import clock, one_line
from analyzer.reports.sentence_translation import localize_reason
from analyzer.reports.turns import ShownTurn
from analyzer.sources.call_time import read_time

SYMBOLS = {"met": "✓", "out_of_order": "⇅", "missed": "✗", "not_applicable": "–", "unsure": "?"}

_MIN_WIDTH = 0.2  # per cent of the timeline: a shorter span would not be seen
_MARKER_DISTANCE = 3.2  # per cent of the width between two markers in one row
_MAX_TICKS = 8  # on the time axis
_TICK_SECONDS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_SVG_WIDTH = 10_000  # units of the whole call


def environment(lang: Lang, *templates: BaseLoader) -> Environment:
    """An environment for the templates of this package, and others before them (`templates`).

    Functions: `t(key)` words as text, `w(key)` words that switch, `localized(texts)` a text in every language that
    switches, `label(key)` a label for screen readers that switches, `words_of(key)` the words in every language. Values
    are text, or Localized.
    """
    index = LANGUAGES.index(lang)
    made = Environment(
        autoescape=True,
        loader=ChoiceLoader([*templates, FunctionLoader(_template)]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # tojson escapes <, > and & itself; not escaping letters beyond ASCII halves the page.
    made.policies["json.dumps_function"] = json.dumps
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    made.globals.update(
        lang=lang,
        languages=LANGUAGES,
        symbols=SYMBOLS,
        t=lambda key, **values: translate(one_line(key), lang, **values),
        w=lambda key, tag="span", **values: _switching(key, lang, values, tag),
        label=lambda key, **values: _attributes("t-label", key, lang, values),
        localized=lambda texts: _localized(texts, index),
        options=_option_texts,
        words_of=localized,
        language_name=functools.partial(translate, "language.name"),
    )
    made.filters.update(
        num=lambda value: number(value, lang),
        percent=lambda share: f"{round(100 * share)} %",
        clock=clock,
        line=one_line,
        when=shown_time,
        position=position,
        width=width,
        blocks=blocks,
        step_markers=step_markers,
        transcript_items=transcript_items,
        highlight=highlight,
        word_times=word_times,
        localize=lambda sentence: localize_reason(sentence, {}).text,
    )
    return made


def asset(name: str) -> str:
    """Text of a file in `assets/`."""
    return (files("analyzer.reports") / "assets" / name).read_text(encoding="utf-8")


def _template(name: str) -> str | None:
    try:
        return asset(name)
    except FileNotFoundError:
        return None  # another loader's, or nobody's: Jinja2 says so


# --- words, numbers, times ---


def number(value: float, lang: Lang, pattern: str = "0.#") -> str:
    """A number with the decimals that `pattern` has and the language's decimal mark.

    >>> number(66.667, "id"), number(50.0, "en"), number(0.5, "id", "0.00")
    ('66,7', '50', '0,50')
    """
    # rounded here: Babel rounds the decimal digits of the number, Python its binary value
    return format_decimal(round(value, len(pattern.partition(".")[2])), format=pattern, locale=lang)


def localized_time(when: datetime, pattern: str, lang: Lang) -> str:
    """Day and time as the clock showed them; `pattern` is the key of a format in the catalogue."""
    return format_datetime(when, translate(pattern, lang), locale=lang)


def shown_time(text: str) -> Localized:
    """A call's time as people write it, in every language; what cannot be read stays as it is.

    >>> shown_time("2026-05-03 08:15")
    ('3 Mei 2026 08.15', '3 May 2026 08:15')
    """
    when = read_time(text)
    if when is None:
        return in_every_language(text)
    return tuple(localized_time(when, "format.date_time", lang) for lang in LANGUAGES)


def _switching(key: str, lang: Lang, values: Mapping[str, Any], tag: str) -> Markup:
    return _switching_with(key, lang, values, tag) if values else _switching_fixed(key, lang, tag)


@functools.lru_cache(maxsize=1024)
def _switching_fixed(key: str, lang: Lang, tag: str) -> Markup:
    """Words without values: the same on every page."""
    return _switching_with(key, lang, {}, tag)


def _switching_with(key: str, lang: Lang, values: Mapping[str, Any], tag: str) -> Markup:
    opened, closed = Markup(tag), Markup(tag.split(maxsplit=1)[0])  # noqa: S704 - a template's own
    text = translate(one_line(key), lang, **values)
    return Markup('<{} data-t="{}"{}>{}</{}>').format(opened, one_line(key), _data(values), text, closed)


def _attributes(name: str, key: str, lang: Lang, values: Mapping[str, Any]) -> Markup:
    text = translate(key, lang, **values)
    return Markup('data-{}="{}" aria-label="{}"{}').format(name, key, text, _data(values))


def _data(values: Mapping[str, Any]) -> Markup:
    """Values as attributes, those in every language once for each."""
    pairs = [
        pair
        for name, value in values.items()
        for pair in (_by_language(name, value) if isinstance(value, tuple) else [(name, value)])
    ]
    return Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in pairs)


def _by_language(name: str, texts: Localized) -> Iterable[tuple[str, str]]:
    return ((f"{name}-{lang}", text) for lang, text in zip(LANGUAGES, texts, strict=True))


def _localized(texts: Localized, index: int) -> Markup:
    """A text in every language; when all are the same (a system's message) it is marked as English."""
    lines = tuple(map(one_line, texts))
    if len(set(lines)) == 1:
        return Markup('<span lang="en" dir="auto">{}</span>').format(lines[0])
    return Markup("<span{}>{}</span>").format(_data({"w": lines}), lines[index])


def _option_texts(texts: Localized) -> Markup:
    """The attributes of an element (an `<option>`) whose text switches."""
    return _data({"w": tuple(map(one_line, texts))})


# --- the timeline and the transcript of a call ---


@dataclass(frozen=True)
class StepMarker:
    """A step's marker on the timeline."""

    number: int
    status: Status
    kind: Literal["heard", "near", "expected"]
    label: Localized
    start: float
    row: int


@dataclass(frozen=True)
class MarkerStrip:
    """The markers of all steps, in as many rows as they need, and the times on the axis."""

    markers: tuple[StepMarker, ...]
    rows: int
    ticks: tuple[int, ...]


@dataclass(frozen=True)
class TranscriptItem:
    """A line of the transcript: a turn, or the place where a step that was not said belongs."""

    turn: ShownTurn | None = None
    region: Region | None = None
    step: ShownStep | None = None

    @property
    def sort_key(self) -> tuple[float, bool]:
        """By start; a place comes before the turn that begins there."""
        item = self.turn or self.region
        return (item.start if item else 0.0), self.turn is not None


@dataclass(frozen=True)
class EvidenceName:
    """What words are evidence for: a step, or else a key of the catalogue with a status for their colour."""

    step: ShownStep | None = None
    key: str = ""
    status: str = ""

    @property
    def colour(self) -> str:
        """The status that colours the words."""
        return self.step.finding.status if self.step else self.status


@dataclass(frozen=True)
class Highlight:
    """How highlighted words look, and what they are evidence for."""

    css: str
    names: tuple[EvidenceName, ...]


def position(view: CallView, seconds: float) -> str:
    """A time as a place on the timeline, in per cent."""
    return f"{100 * min(seconds, view.seconds) / view.seconds:.2f}%"


def width(view: CallView, span: Span | Region) -> str:
    """The width of a span on the timeline, in per cent."""
    share = 100 * (min(span.end, view.seconds) - span.start) / view.seconds
    return f"{max(_MIN_WIDTH, share):.2f}%"


def blocks(view: CallView, spans: Iterable[Span], top: int, height: int) -> str:
    """Spans as one SVG path of blocks, the call being 10,000 units long."""
    return "".join(
        f"M{_unit(view, span.start)} {top}h{max(1, _unit(view, span.end) - _unit(view, span.start))}v{height}"
        f"H{_unit(view, span.start)}z"
        for span in spans
    )


def _unit(view: CallView, seconds: float) -> int:
    return round(_SVG_WIDTH * min(seconds, view.seconds) / view.seconds)


def step_markers(view: CallView) -> MarkerStrip:
    """A marker for each step with a place in the call; those close together stand in rows of their own."""
    steps = {step.finding.id: step for step in view.steps}
    regions: dict[str, Region] = {}
    for region in view.regions:
        other = regions.get(region.step)
        if other is None or _MARKER_RANK[region.kind] > _MARKER_RANK[other.kind]:
            regions[region.step] = region
    markers: list[StepMarker] = []
    row_ends: list[float] = []  # per row, the place of its last marker
    for region in sorted(regions.values(), key=lambda region: region.start):
        place = 100 * region.start / view.seconds
        row = next((row for row, last in enumerate(row_ends) if place - last >= _MARKER_DISTANCE), len(row_ends))
        row_ends[row : row + 1] = [place]
        step = steps[region.step]
        markers.append(StepMarker(step.number, region.status, region.kind, step.label, round(region.start, 2), row))
    return MarkerStrip(tuple(markers), max(1, len(row_ends)), _ticks(view.seconds))


_MARKER_RANK = {"heard": 2, "expected": 1, "near": 0}


def _ticks(seconds: float) -> tuple[int, ...]:
    step = next((step for step in _TICK_SECONDS if seconds / step <= _MAX_TICKS), int(seconds / _MAX_TICKS) + 1)
    return tuple(range(step, int(seconds), step))


def transcript_items(view: CallView) -> tuple[TranscriptItem, ...]:
    """The turns by time, and between them the places of steps that were not said."""
    steps = {step.finding.id: step for step in view.steps}
    said = {region.step for region in view.regions if region.kind == "heard"}
    gaps = [
        TranscriptItem(region=region, step=steps[region.step])
        for region in view.regions
        if region.kind == "expected" and region.step not in said
    ]
    turns = [TranscriptItem(turn=turn) for turn in view.turns]
    return tuple(sorted([*turns, *gaps], key=lambda item: item.sort_key))


def highlight(evidence: Sequence[str], view: CallView) -> Highlight | None:
    """How words look that are evidence for these names; None for plain words."""
    if not evidence:
        return None
    steps = {step.finding.id: step for step in view.steps}
    names: dict[str, EvidenceName] = {}
    for name in evidence:
        if name in steps:
            names[name] = EvidenceName(step=steps[name])
        elif name.startswith("quote."):
            names["quote"] = EvidenceName(key="quote", status="not_applicable")
        elif name == "exemption":
            names["quote"] = EvidenceName(key="exemption", status="not_applicable")
        else:
            names[name] = EvidenceName(key=name, status="missed")
    unique = tuple(names.values())
    return Highlight(f"m s-{unique[0].colour}", unique)


def word_times(turn: ShownTurn) -> str:
    """Word times in 1/100 s for the script: the length of each word, after `GAP_` where it does not follow at once.

    >>> from analyzer.reports.turns import estimated_words
    >>> word_times(ShownTurn(channel="agent", start=2, end=3, words=tuple(estimated_words("selamat pagi", 2.0, 3.3))))
    '200_80,50'
    """
    times: list[str] = []
    before = 0
    for word in turn.words:
        start, end = round(100 * word.start), round(100 * word.end)
        times.append(f"{start - before}_{end - start}" if start != before else f"{end - start}")
        before = end
    return ",".join(times)
