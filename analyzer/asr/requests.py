"""What one recording asks of a recogniser: words of windows, exact times of words, the language of a channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.asr.recogniser import Clip, Heard


@dataclass(frozen=True)
class Read:
    """Asks for the words of windows; the answer has one `Heard` for each."""

    clips: Sequence[Clip]


@dataclass(frozen=True)
class Align:
    """Asks for the exact times of words; the answer has one `Heard` for each."""

    heard: Sequence[Heard]


@dataclass(frozen=True)
class AskLanguage:
    """Asks in which language a channel speaks; the answer is its code."""

    clips: Sequence[Clip]


Request = Read | Align | AskLanguage
Answer = Sequence[Heard] | str
