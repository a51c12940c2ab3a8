"""Words for people, by machine key, from one gettext catalogue a language (`id.po`, `en.po`).

The languages are the catalogues that lie beside this module: another language is another file. Catalogues are read when
the first words are asked for. A key without an entry is shown as its last part with blanks for underscores, so that a
new flag or status is readable before it has words.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analyzer.models.base import Lang

if TYPE_CHECKING:
    from analyzer.models.wording import DisplayName

Localized = tuple[str, ...]
"""A text in each of LANGUAGES, in their order."""
Labels = Mapping[str, Localized]
"""Step or violation id -> its name; the bank has the names, the caller passes them."""

DEFAULT_LANGUAGE: Lang = "id"
"""the language of files and pages for which none was chosen"""

_FOLDER = Path(__file__).parent
_PAGE = "page"  # context of the messages that pages carry, to switch their language without a server
_SLOT = re.compile(r"\{(\w+)\}")

LANGUAGES: tuple[Lang, ...] = tuple(
    sorted((file.stem for file in _FOLDER.glob("*.po")), key=lambda lang: (lang != DEFAULT_LANGUAGE, lang))
)


class _Message(NamedTuple):
    """One entry of a language's catalogue, and whether scripts on pages need it, too."""

    text: str
    on_pages: bool


def translate(key: str, lang: Lang, **values: object) -> str:
    """The words for `key`, its `{name}` slots filled from `values`; a Localized value is shown in the same language.

    >>> translate("more", "en", n=20, left=5), translate("flag.low_speech", "id")
    ('Show 20 more (5 left)', 'low speech')
    """
    message = _catalogue(lang).get(key)
    return fill(message.text if message else humanize(key.rpartition(".")[2]), lang, values)


def localized(key: str, **values: object) -> Localized:
    """The words for `key` in every language."""
    return tuple(translate(key, lang, **values) for lang in LANGUAGES)


def has_message(key: str) -> bool:
    """Whether the catalogues have words for `key`."""
    return key in _catalogue(DEFAULT_LANGUAGE)


def keys() -> tuple[str, ...]:
    """All keys, in the order of the first catalogue."""
    return tuple(_catalogue(DEFAULT_LANGUAGE))


def page_messages() -> dict[str, object]:
    """What a page needs to switch its language, for JSON: `languages`, and `words`: key -> text in each of them."""
    words = {key: localized(key) for key, message in _catalogue(DEFAULT_LANGUAGE).items() if message.on_pages}
    return {"languages": LANGUAGES, "words": words}


def localized_label(label: "DisplayName") -> Localized:
    """A bank's name of a step or violation; in a language for which the bank has none, the English one."""
    return tuple(getattr(label, lang, label.en) for lang in LANGUAGES)


def in_every_language(text: str) -> Localized:
    """The same text for each language."""
    return (text,) * len(LANGUAGES)


def humanize(key: str) -> str:
    """A machine key as readable as it gets without words for it.

    >>> humanize("low_speech")
    'low speech'
    """
    return key.replace("_", " ")


def fill(text: str, lang: Lang, values: Mapping[str, object]) -> str:
    """`text` with its `{name}` slots filled; a slot without a value stays."""
    index = LANGUAGES.index(lang)

    def value(slot: re.Match[str]) -> str:
        given = values.get(slot[1], slot[0])
        return str(given[index] if isinstance(given, tuple) else given)

    return _SLOT.sub(value, text) if values else text


@functools.cache
def _catalogue(lang: Lang) -> dict[str, _Message]:
    from babel.messages.pofile import read_po  # 30 ms, and as many for each catalogue: not for `analyzer --help`

    with (_FOLDER / f"{lang}.po").open("rb") as file:
        messages = [message for message in read_po(file, abort_invalid=True) if message.id]
    return {str(message.id): _Message(str(message.string), message.context == _PAGE) for message in messages}
