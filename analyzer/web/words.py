"""The app's words for people, Indonesian and English; what the reports say already is said in their words."""

from analyzer.models.output_options import Lang
from analyzer.reports.words import LANGS, WORDS, plain
from analyzer.review.words import REVIEW_WORDS
from analyzer.web.wordings import call, frame
from analyzer.web.wordings import queue as desk

ALL = {**WORDS, **REVIEW_WORDS, **frame.WORDS, **desk.WORDS, **call.WORDS}


def words(key: str, lang: Lang) -> str:
    """The words for `key`; without an entry its last part, so that a new reason or flag can be read."""
    return ALL[key][LANGS.index(lang)] if key in ALL else plain(key.rpartition(".")[2])
