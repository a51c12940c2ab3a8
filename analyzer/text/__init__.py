"""Normalisation of words, spoken numbers and spoken e-mail addresses."""

from analyzer.text.addresses import Around, Said, dictated_email
from analyzer.text.emails import spoken_email, written_email
from analyzer.text.language import Language, language
from analyzer.text.normalise import fold, normal_groups, normal_words, spell, split_text
from analyzer.text.numbers import dictated, digit_runs
from analyzer.text.plans import e164
from analyzer.text.readings import telephone

__all__ = [
    "Around",
    "Language",
    "Said",
    "dictated",
    "dictated_email",
    "digit_runs",
    "e164",
    "fold",
    "language",
    "normal_groups",
    "normal_words",
    "spell",
    "split_text",
    "spoken_email",
    "telephone",
    "written_email",
]
