"""Which words of a call are personal values: numbers dictated or written, e-mail addresses, words spelled out.

Nothing is understood here, only told apart from everyday words: a word too many is masked rather than one too few. So
an amount or a date of many digits is masked as well. Names and street addresses are not found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.entities.email.tokens import email_vocabulary
from analyzer.entities.spoken_digits import NUMERAL
from analyzer.entities.tokens import Token, split_pieces
from analyzer.language.registry import language

MASK = "▮▮▮"
MIN_DIGITS = 4
"""digits in a row that may be a value: nothing shorter tells who somebody is, and "PLN satu dua tiga" stays"""
_BETWEEN = 3  # other words between the digits of one number: "nol delapan, ya, satu dua"
_LEAST_LETTERS = 3  # letters in a row that spell a name
_LEAST_KNOWN = 4  # letters of a word from which it is told by a known value
_SIGN_BEFORE = 3  # words back in which a sign makes an everyday word part of an address
_SOON = 5  # words after "at" in which a domain follows
_MOST_BEFORE, _MOST_AFTER = 14, 8  # words of an address before and after its domain


@dataclass(frozen=True)
class _WordClass:
    """What one word may be."""

    digits: int = 0
    numeral: bool = False
    at: bool = False
    dot: bool = False
    written: bool = False
    """an address written out"""
    domain: bool = False
    tail: bool = False
    letter: bool = False
    talk: bool = False
    """an everyday word, which no address holds"""
    between: bool = False
    """hesitation and remarks, which may stand inside a value"""

    @property
    def address(self) -> bool:
        """Whether it may be a piece of an address by itself."""
        return self.at or self.dot or self.domain or self.tail or self.letter or self.numeral


class PersonalDataFinder:
    """Finds personal values in words of one language.

    `everyday`: words of the bank, which are rarely values; `domains`: mail providers by name; `known`: values of this
    call, of which every word heard is masked wherever it stands.
    """

    def __init__(
        self, code: str, *, everyday: frozenset[str], domains: frozenset[str], known: Sequence[str] = ()
    ) -> None:
        self._code = language(code).code
        self._known = tuple(_plain(value.partition("@")[0]) for value in known)
        providers = domains | set(language(code).email.providers.values())
        self._vocabulary = email_vocabulary(code, providers, everyday)
        self._kept: dict[str, _WordClass] = {}

    def places(self, words: Sequence[str], *, strict: bool = False) -> frozenset[int]:
        """Indices of words that are part of a personal value. `strict`: of a value cut off, single digits count too."""
        looks = [self._look(word) for word in words]
        found = {at for at, word in enumerate(words) if self._is_known(_plain(word))}
        for part in (*_numbers(looks, 1 if strict else MIN_DIGITS), *_letters(looks)):
            found.update(part)
        for at in _anchors(looks, strict=strict):
            found.update(_address(looks, at))
        return frozenset(found)

    def masked(self, text: str, *, strict: bool = False) -> str:
        """The text with each value as `MASK`."""
        words = text.split()
        places = self.places(words, strict=strict)
        return " ".join(_without(words, places)) if places else text

    def _is_known(self, letters: str) -> bool:
        return len(letters) >= _LEAST_KNOWN and any(letters in value for value in self._known)

    def _look(self, word: str) -> _WordClass:
        if word not in self._kept:
            self._kept[word] = self._looked(word)
        return self._kept[word]

    def _looked(self, word: str) -> _WordClass:
        parts = split_pieces(word)
        units = [unit for part in parts if (unit := self._unit(part)) is not None]
        kinds = {unit.kind for unit in units}
        signs = {unit.value for unit in units if unit.kind == "sign"}
        return _WordClass(
            digits=sum(unit.kind == "digit" for unit in units),
            numeral=bool(kinds & NUMERAL),
            at="@" in signs,
            dot=bool(signs & {".", "_", "-"}) and len(parts) == 1,
            written="@" in parts and len(parts) > 1,
            domain="provider" in kinds,
            tail="ending" in kinds,
            letter="letter" in kinds and len(parts) == 1,
            talk=not parts or (bool(kinds) and kinds <= {"stop", "correction", "restart"}),
            between=bool(kinds) and kinds <= {"filler", "remark"},
        )

    def _unit(self, piece: str) -> Token | None:
        known = self._vocabulary.words.get(piece)
        if known is None and any(piece.endswith(ending) for ending in language(self._code).dictation.stop_suffixes):
            return Token("stop", "", piece)
        return known


def _plain(text: str) -> str:
    """Letters and digits alone."""
    return "".join(filter(str.isalnum, text.lower()))


def _without(words: Sequence[str], places: frozenset[int]) -> Iterator[str]:
    for at, word in enumerate(words):
        if at not in places:
            yield word
        elif at - 1 not in places:
            yield MASK


def _numbers(looks: Sequence[_WordClass], least: int) -> Iterator[range]:
    """Runs of numerals with enough digits, each with the words inside it and a misheard one at its edges."""
    run: list[int] = []
    for at in [*(at for at, look in enumerate(looks) if look.numeral), len(looks) + _BETWEEN + 2]:
        if run and at - run[-1] > _BETWEEN + 1:
            if sum(looks[one].digits for one in run) >= least:
                yield range(_edge(looks, run[0], -1), _edge(looks, run[-1], 1) + 1)
            run = []
        run.append(at)


def _edge(looks: Sequence[_WordClass], at: int, step: int) -> int:
    beside = at + step
    if 0 <= beside < len(looks) and not (looks[beside].talk or looks[beside].between):
        return beside
    return at


def _letters(looks: Sequence[_WordClass]) -> Iterator[range]:
    """Words spelled out."""
    first = None
    for at in range(len(looks) + 1):
        if at < len(looks) and looks[at].letter:
            first = at if first is None else first
        elif first is not None:
            if at - first >= _LEAST_LETTERS:
                yield range(first, at)
            first = None


def _anchors(looks: Sequence[_WordClass], *, strict: bool) -> Iterator[int]:
    """Words that show an address."""
    for at, look in enumerate(looks):
        before = looks[max(0, at - 2) : at]
        after = looks[at + 1 : at + 1 + _SOON]
        dotted = look.tail and any(one.dot for one in before)
        said = look.at and any(one.dot or one.domain or one.tail for one in after)
        if look.written or look.domain or dotted or said or (strict and (look.at or look.dot)):
            yield at


def _inside(looks: Sequence[_WordClass], at: int) -> bool:
    """Whether an everyday word is a piece of an address: signs stand beside it ("hari titik agus", "agus titik wa")."""
    follows = at + 1 < len(looks) and (looks[at + 1].dot or looks[at + 1].at)
    return follows or any(look.dot or look.at for look in looks[max(0, at - _SIGN_BEFORE) : at])


def _address(looks: Sequence[_WordClass], at: int) -> range:
    """The words of an address around one that shows it: back to the last everyday word, on as long as it goes on."""
    first = at
    for place in range(at - 1, max(-1, at - 1 - _MOST_BEFORE), -1):
        if looks[place].talk and not _inside(looks, place):
            break
        if not looks[place].between:
            first = place
    last = at
    for place in range(at + 1, min(len(looks), at + 1 + _MOST_AFTER)):
        look = looks[place]
        if look.talk or not (look.address or look.between or looks[place - 1].dot or looks[place - 1].at):
            break
        if not look.between:
            last = place
    return range(first, last + 1)
