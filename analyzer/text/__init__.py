"""Normalisation of words, spoken numbers and spoken e-mail addresses."""

from analyzer.text.emails import spoken_email, written_email
from analyzer.text.language import Language, language
from analyzer.text.normalise import fold, normal_groups, normal_words, spell, split_text
from analyzer.text.numbers import digit_runs, e164

__all__ = [
    "Language",
    "digit_runs",
    "e164",
    "fold",
    "language",
    "normal_groups",
    "normal_words",
    "spell",
    "split_text",
    "spoken_email",
    "written_email",
]
