"""The app's words for people, Indonesian and English; what the reports say already is said in their words."""

from analyzer.models.look import Lang
from analyzer.report.words import LANGS, WORDS, plain
from analyzer.review.web.wordings import call, desk, frame
from analyzer.review.words import REVIEW_WORDS

ALL = {**WORDS, **REVIEW_WORDS, **frame.WORDS, **desk.WORDS, **call.WORDS}


def words(key: str, lang: Lang) -> str:
    """The words for `key`; without an entry its last part, so that a new reason or flag can be read."""
    return ALL[key][LANGS.index(lang)] if key in ALL else plain(key.rpartition(".")[2])
