"""The model's small vocabulary: byte-level BPE of the grammar plus Whisper's special tokens.

Training uses a short list (one language, timestamps of 10 s, one class for everything never used);
packing spreads it over the full list that Whisper and CTranslate2 expect.
"""

import string
from pathlib import Path
from typing import Final

from grammar import Grammar
from net import AUDIO_POSITIONS
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEXT_TOKENS: Final = 640
SPECIAL: Final = ("eot", "sot", "id", "transcribe", "prev", "nospeech", "notimestamps", "unused")
_SENTENCES: Final = 30_000


def train_tokenizer(path: Path, seed: int = 7) -> Tokenizer:
    """Learn the BPE from grammar sentences and save it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # faster-whisper suppresses a lone space token, so each word start must have a token of its own.
    letters = [f"Ġ{sign}" for sign in string.ascii_letters + string.digits]
    trainer = trainers.BpeTrainer(
        vocab_size=TEXT_TOKENS - len(letters),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    grammar = Grammar(seed)
    # Letters first, so that BPE itself forms " a" and the like as merges.
    starts = [f" {sign}" for sign in string.ascii_letters + string.digits for _ in range(2_000)]
    sentences = [" " + grammar.sentence() for _ in range(_SENTENCES)]
    trainer.vocab_size = TEXT_TOKENS
    tokenizer.train_from_iterator(starts + sentences, trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


class Vocabulary:
    """Token ids as training sees them: text, then `SPECIAL`, then timestamps 0.00 .. 10.00."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.text = tokenizer.get_vocab_size()
        self.ids = {name: self.text + index for index, name in enumerate(SPECIAL)}
        self.timestamps = self.text + len(SPECIAL)
        self.size = self.timestamps + AUDIO_POSITIONS + 1

    def encode(self, text: str) -> list[int]:
        """Text tokens, with Whisper's leading space."""
        ids: list[int] = self.tokenizer.encode(" " + text).ids
        return ids

    def stamp(self, position: int) -> int:
        """The timestamp token of an encoder position (0.02 s)."""
        return self.timestamps + min(max(position, 0), AUDIO_POSITIONS)


def characters(text: str) -> list[int]:
    """CTC classes: 0 blank, 1 space, 2..27 the letters; everything else is not heard."""
    spaced = "".join(sign if sign.isascii() and sign.isalpha() else " " for sign in text.lower())
    return [1 if sign == " " else ord(sign) - ord("a") + 2 for sign in " ".join(spaced.split())]


def letter_numbers(text: str) -> list[int]:
    """For each sign of a text its place among `characters(text)`; -1 for signs that are not letters."""
    numbers: list[int] = []
    last, gap = -1, False
    for sign in text:
        if not (sign.isascii() and sign.isalpha()):
            gap = True
            numbers.append(-1)
            continue
        last += 2 if gap and last >= 0 else 1
        gap = False
        numbers.append(last)
    return numbers
