"""Which words of a call are personal data: numbers dictated or written, e-mail addresses, words spelled out.

Values are not understood, only distinguished from everyday words: a word too many is masked rather than one too few.
So an amount or a date of many digits is masked as well. Names and street addresses are not found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.entities.email.tokens import email_vocabulary
from analyzer.entities.spoken_digits import NUMERAL
from analyzer.entities.tokens import Token, split_pieces
from analyzer.language.registry import language

MASK = "▮▮▮"
MIN_DIGITS = 4
"""digits in a row that may be a value: nothing shorter identifies a person, and "PLN satu dua tiga" stays"""
_MAX_BETWEEN = 3  # other words between the digits of one number: "nol delapan, ya, satu dua"
_MIN_SPELLED = 3  # letters in a row that spell a name
_MIN_KNOWN = 4  # letters of a word that is recognised as part of a known value
_SIGN_BEFORE = 3  # words back in which a sign makes an everyday word part of an address
_DOMAIN_WITHIN = 5  # words after "at" in which a domain follows
_MAX_BEFORE, _MAX_AFTER = 14, 8  # words of an address before and after its domain


@dataclass(frozen=True)
class _WordClass:
    """What one word may be."""

    digits: int = 0
    numeral: bool = False
    at_sign: bool = False
    dot: bool = False
    written: bool = False
    """an address written out"""
    provider: bool = False
    ending: bool = False
    letter: bool = False
    everyday: bool = False
    """an everyday word, which no address holds"""
    filler: bool = False
    """hesitation and remarks, which may stand inside a value"""

    @property
    def address(self) -> bool:
        """Whether it may be a piece of an address by itself."""
        return self.at_sign or self.dot or self.provider or self.ending or self.letter or self.numeral


class PersonalDataFinder:
    """Finds personal data in words of one language.

    `everyday`: words of the bank, which are rarely values; `domains`: mail providers by name; `known`: values of this
    call, every word of which is masked wherever it was recognised.
    """

    def __init__(
        self, code: str, *, everyday: frozenset[str], domains: frozenset[str], known: Sequence[str] = ()
    ) -> None:
        self._known = tuple(_letters_and_digits(value.partition("@")[0]) for value in known)
        self._stop_suffixes = language(code).dictation.stop_suffixes
        providers = domains | set(language(code).email.providers.values())
        self._vocabulary = email_vocabulary(code, providers, everyday)
        self._cache: dict[str, _WordClass] = {}

    def positions(self, words: Sequence[str], *, strict: bool = False) -> frozenset[int]:
        """Indices of words that are part of personal data. `strict`: of a value cut off, single digits count too."""
        classes = [self._class(word) for word in words]
        positions = {index for index, word in enumerate(words) if self._is_known(_letters_and_digits(word))}
        for part in (*_numbers(classes, 1 if strict else MIN_DIGITS), *_spelled(classes)):
            positions.update(part)
        for anchor in _address_anchors(classes, strict=strict):
            positions.update(_address(classes, anchor))
        return frozenset(positions)

    def masked(self, text: str, *, strict: bool = False) -> str:
        """The text with each value as `MASK`."""
        words = text.split()
        positions = self.positions(words, strict=strict)
        return " ".join(_mask(words, positions)) if positions else text

    def _is_known(self, letters: str) -> bool:
        return len(letters) >= _MIN_KNOWN and any(letters in value for value in self._known)

    def _class(self, word: str) -> _WordClass:
        if word not in self._cache:
            self._cache[word] = self._classify(word)
        return self._cache[word]

    def _classify(self, word: str) -> _WordClass:
        pieces = split_pieces(word)
        tokens = [token for piece in pieces if (token := self._token(piece)) is not None]
        kinds = {token.kind for token in tokens}
        signs = {token.value for token in tokens if token.kind == "sign"}
        return _WordClass(
            digits=sum(token.kind == "digit" for token in tokens),
            numeral=bool(kinds & NUMERAL),
            at_sign="@" in signs,
            dot=bool(signs & {".", "_", "-"}) and len(pieces) == 1,
            written="@" in pieces and len(pieces) > 1,
            provider="provider" in kinds,
            ending="ending" in kinds,
            letter="letter" in kinds and len(pieces) == 1,
            everyday=not pieces or (bool(kinds) and kinds <= {"stop", "correction", "restart"}),
            filler=bool(kinds) and kinds <= {"filler", "remark"},
        )

    def _token(self, piece: str) -> Token | None:
        known = self._vocabulary.words.get(piece)
        return Token("stop", "", piece) if known is None and piece.endswith(self._stop_suffixes) else known


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _mask(words: Sequence[str], positions: frozenset[int]) -> Iterator[str]:
    for index, word in enumerate(words):
        if index not in positions:
            yield word
        elif index - 1 not in positions:
            yield MASK


def _numbers(classes: Sequence[_WordClass], min_digits: int) -> Iterator[range]:
    """Runs of numerals with enough digits, each with the words inside it and a misheard one at its edges."""
    run: list[int] = []
    for index, word in enumerate(classes):
        if not word.numeral:
            continue
        if run and index - run[-1] > _MAX_BETWEEN + 1:
            yield from _number(classes, run, min_digits)
            run = []
        run.append(index)
    yield from _number(classes, run, min_digits)


def _number(classes: Sequence[_WordClass], run: Sequence[int], min_digits: int) -> Iterator[range]:
    if run and sum(classes[index].digits for index in run) >= min_digits:
        yield range(_edge(classes, run[0], -1), _edge(classes, run[-1], 1) + 1)


def _edge(classes: Sequence[_WordClass], index: int, step: int) -> int:
    """The neighbour of a number's first or last word when it may be a misheard digit, else that word."""
    beside = index + step
    if 0 <= beside < len(classes) and not (classes[beside].everyday or classes[beside].filler):
        return beside
    return index


def _spelled(classes: Sequence[_WordClass]) -> Iterator[range]:
    """Words spelled out."""
    first = None
    for index in range(len(classes) + 1):
        if index < len(classes) and classes[index].letter:
            first = index if first is None else first
        elif first is not None:
            if index - first >= _MIN_SPELLED:
                yield range(first, index)
            first = None


def _address_anchors(classes: Sequence[_WordClass], *, strict: bool) -> Iterator[int]:
    """Words that show that an address is there."""
    for index, word in enumerate(classes):
        before = classes[max(0, index - 2) : index]
        after = classes[index + 1 : index + 1 + _DOMAIN_WITHIN]
        dotted = word.ending and any(near.dot for near in before)
        signed = word.at_sign and any(near.dot or near.provider or near.ending for near in after)
        if word.written or word.provider or dotted or signed or (strict and (word.at_sign or word.dot)):
            yield index


def _inside_address(classes: Sequence[_WordClass], index: int) -> bool:
    """Whether an everyday word is a piece of an address: signs stand beside it ("hari titik agus", "agus titik wa")."""
    follows = index + 1 < len(classes) and (classes[index + 1].dot or classes[index + 1].at_sign)
    return follows or any(word.dot or word.at_sign for word in classes[max(0, index - _SIGN_BEFORE) : index])


def _address(classes: Sequence[_WordClass], anchor: int) -> range:
    """The words of an address around its anchor: back to the last everyday word, forward as long as it continues."""
    first = anchor
    for index in range(anchor - 1, max(-1, anchor - 1 - _MAX_BEFORE), -1):
        if classes[index].everyday and not _inside_address(classes, index):
            break
        if not classes[index].filler:
            first = index
    last = anchor
    for index in range(anchor + 1, min(len(classes), anchor + 1 + _MAX_AFTER)):
        word, before = classes[index], classes[index - 1]
        if word.everyday or not (word.address or word.filler or before.dot or before.at_sign):
            break
        if not word.filler:
            last = index
    return range(first, last + 1)
