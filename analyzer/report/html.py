"""report.html: one self-contained page of a batch that a coach opens from a folder, offline.

Jinja2 writes the summary and one line a call (escaped, readable without scripts); each call's details are data
in an inert JSON block that `assets/report.js` turns into elements when the call is opened, so that thousands of
calls open at once. The page loads nothing but recordings, held to that by its content security policy.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from analyzer.models.report import Report
from analyzer.report.audio_links import AudioResolver, browser_plays, safe_url
from analyzer.report.clean import clean_tree, one_line
from analyzer.report.jsonl import to_dict
from analyzer.report.summary import STATUSES, VERDICTS, Summary, cause, summarise
from analyzer.report.words import LANGS, WORDS, Labels, Lang, plain

# `file:` because 'self' does not cover a page's neighbours when it was opened from a folder.
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; "
    "media-src 'self' file:; base-uri 'none'; form-action 'none'"
)
_SYMBOLS = {"met": "✓", "out_of_order": "⇅", "missed": "✗", "not_applicable": "–", "unsure": "?"}
_EAGER_STATUSES = ("missed", "out_of_order", "unsure")


def to_html(
    reports: Iterable[Report],
    *,
    title: str,
    audio_base: AudioResolver | None = None,
    playable: Mapping[str, str] | None = None,
    labels: Labels | None = None,
    lang: Lang = "id",
    generated: str | None = None,
) -> bytes:
    """The page as UTF-8; the same arguments give the same bytes.

    `audio_base` finds the recording of a call; `playable` (call id -> URL) names a converted copy for formats
    that browsers do not play and wins over it. `labels` words the steps, `generated` is shown as given.
    """
    summary = summarise(reports)
    names = dict(labels or {})
    index = LANGS.index(lang)
    data = _page_data(summary, audio_base, playable or {}, names, lang)
    page = (
        _environment(index)
        .get_template("report.html.j2")
        .render(
            title=one_line(title),
            lang=lang,
            summary=summary,
            calls=data["calls"],
            failed=[_failed_row(report, audio_base, playable or {}) for report in summary.failed],
            agents=sorted({call["agent"] for call in data["calls"] if call["agent"]}),
            verdicts=VERDICTS,
            statuses=STATUSES,
            symbols=_SYMBOLS,
            labels={count.id: _label(count.id, names)[index] for count in summary.steps},
            made_with=_made_with([*summary.calls, *summary.failed]),
            generated=one_line(generated) if generated else None,
            data=data,
            **_code(),
        )
    )
    return page.encode("utf-8", "replace")


def _page_data(
    summary: Summary, audio_base: AudioResolver | None, playable: Mapping[str, str], labels: Labels, lang: Lang
) -> dict[str, Any]:
    """Everything the script shows, already free of control characters."""
    return {
        "lang": lang,
        "words": WORDS,
        "symbols": _SYMBOLS,
        "steps": {count.id: _label(count.id, labels) for count in summary.steps},
        "calls": [_call(report, audio_base, playable) for report in summary.calls],
    }


def _call(report: Report, audio_base: AudioResolver | None, playable: Mapping[str, str]) -> dict[str, Any]:
    data = to_dict(report)
    for key in ("schema", "sop", "engine"):
        del data[key]  # the same for all calls; named once in the page's footer
    call = clean_tree(data)
    assert isinstance(call, dict)  # noqa: S101 - clean_tree keeps the shape
    return {**call, **_audio(report, audio_base, playable), "eager": _eager(report)}


def _audio(report: Report, audio_base: AudioResolver | None, playable: Mapping[str, str]) -> dict[str, Any]:
    """`url`: the recording for people to open; `play`: what the player loads; either may be None."""
    own = safe_url(audio_base(report)) if audio_base else None
    converted = safe_url(playable.get(report.call_id))
    return {"url": own or converted, "play": converted or (own if browser_plays(report) else None)}


def _eager(report: Report) -> list[dict[str, str]]:
    """The steps that make a call worth opening, shown on its closed line."""
    found = [step for status in _EAGER_STATUSES for step in report.steps if step.status == status]
    return [{"id": step.id, "status": step.status} for step in found]


def _failed_row(report: Report, audio_base: AudioResolver | None, playable: Mapping[str, str]) -> dict[str, str | None]:
    reason = cause(report)
    return {
        "call_id": one_line(report.call_id),
        "recording": one_line(report.recording),
        "agent": one_line(report.agent or ""),
        "cause": one_line(reason) if reason else None,
        "flags": ", ".join(plain(one_line(flag)) for flag in report.flags),
        "url": _audio(report, audio_base, playable)["url"],
    }


def _label(step: str, labels: Labels) -> tuple[str, str]:
    return labels.get(step) or (plain(step).capitalize(), plain(step).capitalize())


def _made_with(reports: list[Report]) -> list[str]:
    """Each SOP version and model that took part, named once."""
    sops = {f"SOP {r.sop.id} {r.sop.version} ({r.sop.sha256[:12]})" for r in reports}
    return [one_line(name) for name in [*sorted(sops), *sorted({r.engine.model for r in reports})]]


def _environment(index: int) -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_asset),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # tojson escapes <, > and & itself; not escaping letters beyond ASCII halves the page.
    environment.policies["json.dumps_function"] = json.dumps
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.globals["t"] = lambda key, **values: _words(key, index, values)
    environment.filters["num"] = lambda value: _number(value, index)
    return environment


def _words(key: str, index: int, values: Mapping[str, object]) -> str:
    """The words for `key`; without an entry its last part, so that a new violation's id can be read."""
    text = WORDS[key][index] if key in WORDS else plain(key.rpartition(".")[2])
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _number(value: float, index: int) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if LANGS[index] == "id" else text


def _code() -> dict[str, Markup]:
    """Style and script for inlining, and the policy that allows exactly these two."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    # Ours, not data: they must go in unescaped. The policy holds only quotes that an attribute may carry.
    return {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}  # noqa: S704


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"sha256-{digest}"


def _asset(name: str) -> str:
    return (files("analyzer.report") / "assets" / name).read_text(encoding="utf-8")
