"""Jinja2 as every page of ours uses it: all text escaped, every word for people in both languages.

Pages switch their language without a server: an element that holds words carries the key (`data-t`) or both texts
(`data-w-id`, `data-w-en`), and `assets/i18n.js` fills in the other language. `review` builds on the same environment.
"""

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from analyzer.models.output_options import Lang
from analyzer.reports import call_layout as call_parts
from analyzer.reports.safe_text import clock, one_line

SYMBOLS = {"met": "✓", "out_of_order": "⇅", "missed": "✗", "not_applicable": "–", "unsure": "?"}


def environment(lang: Lang, *templates: BaseLoader) -> Environment:
    """Templates of this package, and others before them (`templates`).

    Functions: `t(key)` words as text, `w(key)` words that switch, `both(pair)` a text in two languages that switches,
    `label(key)` a label for screen readers that switches, `words_of(key)` the words in both. Values are text, or
    pairs in both languages.
    """
    index = LANGS.index(lang)
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
        symbols=SYMBOLS,
        t=lambda key, **values: words(key, index, values),
        w=lambda key, tag="span", **values: _switching(key, index, values, tag),
        label=lambda key, **values: _attributes("t-label", key, index, values),
        both=lambda pair: _both(pair, index),
        words_of=_pair,
    )
    made.filters.update(
        num=lambda value: number(value, lang),
        percent=lambda share: f"{round(100 * share)} %",
        clock=clock,
        line=one_line,
        when=shown_time,
        at=call_parts.at,
        wide=call_parts.wide,
        blocks=call_parts.blocks,
        strip=call_parts.strip,
        told_in_order=call_parts.told_in_order,
        marking=call_parts.marking,
        times=call_parts.times,
        told=lambda sentence: told(sentence, {}).text,
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


def words(key: str, index: int, values: Mapping[str, Any]) -> str:
    """The words for `key`; without an entry its last part, so that a new violation's id can be read."""
    text = WORDS[key][index] if key in WORDS else plain(one_line(key).rpartition(".")[2])
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value[index] if isinstance(value, tuple) else value))
    return text


def _pair(key: str) -> Both:
    return words(key, 0, {}), words(key, 1, {})


def number(value: float, lang: Lang) -> str:
    """At most one decimal, with the language's mark.

    >>> number(66.667, "id"), number(50.0, "en")
    ('66,7', '50')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if lang == "id" else text


def _switching(key: str, index: int, values: Mapping[str, Any], tag: str) -> Markup:
    return _switching_with(key, index, values, tag) if values else _always(key, index, tag)


@functools.lru_cache(maxsize=1024)
def _always(key: str, index: int, tag: str) -> Markup:
    """The same words stand on every page."""
    return _switching_with(key, index, {}, tag)


def _switching_with(key: str, index: int, values: Mapping[str, Any], tag: str) -> Markup:
    opened, closed = Markup(tag), Markup(tag.split(maxsplit=1)[0])  # noqa: S704 - a template's own
    text = words(key, index, values)
    return Markup('<{} data-t="{}"{}>{}</{}>').format(opened, one_line(key), _data(values), text, closed)


def _attributes(name: str, key: str, index: int, values: Mapping[str, Any]) -> Markup:
    about = _data(values)
    return Markup('data-{}="{}" aria-label="{}"{}').format(name, key, words(key, index, values), about)


def _data(values: Mapping[str, Any]) -> Markup:
    """Values as attributes, those in two languages twice."""
    parts: list[Markup] = []
    for name, value in values.items():
        pairs = [(f"{name}-{LANGS[at]}", text) for at, text in enumerate(value)] if isinstance(value, tuple) else []
        parts += [Markup(' data-{}="{}"').format(key, text) for key, text in pairs or [(name, value)]]
    return Markup("").join(parts)


def _both(pair: Both, index: int) -> Markup:
    """One text in two languages; when both are the same (a system's message) it is marked as English."""
    indonesian, english = (one_line(text) for text in pair)
    if indonesian == english:
        return Markup('<span lang="en" dir="auto">{}</span>').format(english)
    shown = (indonesian, english)[index]
    return Markup('<span data-w-id="{}" data-w-en="{}">{}</span>').format(indonesian, english, shown)
