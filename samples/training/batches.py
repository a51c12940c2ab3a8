"""Windows into tensors: features, token targets, CTC targets."""

import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from features import log_mel
from net import AUDIO_POSITIONS, PAD_COMPUTED
from tokens import Vocabulary, characters, letter_numbers
from torch import Tensor
from windows import Composer, Spoken, Window

IGNORED = -100
# Lengths in these steps: every new shape costs the matrix library time and memory.
_ROUND = 16
# A comma is a pause; a space is hardly anything.
_LENGTH = {",": 4.0, " ": 0.3, ".": 0.0, "?": 0.0}


class Place(NamedTuple):
    """Where a target is spoken: a rough encoder position, and the first and last of its letters (or -1)."""

    centre: float
    first: int
    last: int


NOWHERE = Place(-1.0, -1, -1)
_Sequence = tuple[list[int], list[int], list[Place]]


@dataclass(frozen=True)
class Batch:
    """What one training step needs; `offset` is the first encoder position.

    `places` says where each target is spoken, as `Place` does.
    """

    features: Tensor
    tokens: Tensor
    targets: Tensor
    places: Tensor
    letters: Tensor
    letter_lengths: Tensor
    audio_lengths: Tensor
    offset: int


class Batcher:
    """Makes batches of windows of up to `limit` seconds."""

    def __init__(self, composer: Composer, vocabulary: Vocabulary, seed: int) -> None:
        self.composer = composer
        self.vocabulary = vocabulary
        self.rng = random.Random(seed)
        self.corrupted = 0.0

    def batch(self, limit: float, size: int, corrupted: float) -> Batch:
        """One batch; windows shorter than 10 s begin at any position so that all positions are learnt.

        `corrupted` is the share of wrong words in the decoder's input: a decoder that cannot trust its own
        past must listen.
        """
        self.corrupted = corrupted
        positions = int(limit * 50)
        offset = self.rng.choice((0, self.rng.randint(0, AUDIO_POSITIONS - positions)))
        windows = [self.composer.window(limit) for _ in range(size)]
        waves = np.zeros((size, (positions + PAD_COMPUTED) * 160), dtype=np.float32)
        for row, window in zip(waves, windows, strict=True):
            row[: window.wave.size] = window.wave
        lengths = [window.wave.size for window in windows]
        louder = np.array(
            [self.rng.choice((0, 0, self.rng.uniform(0, 1.5))) for _ in windows], dtype=np.float32
        )
        prompted = self.rng.random() < 0.12
        sequences = [self._sequence(window, offset, prompted) for window in windows]
        letters = [characters(" ".join(said.text for said in window.spoken)) for window in windows]
        tokens, targets, places = self._stack(sequences)
        return Batch(
            features=log_mel(waves, lengths, louder),
            tokens=tokens,
            targets=targets,
            places=places,
            letters=torch.tensor([sign for row in letters for sign in row]),
            letter_lengths=torch.tensor([len(row) for row in letters]),
            audio_lengths=torch.tensor([min(length // 160 + 1, positions) for length in lengths]),
            offset=offset,
        )

    def _sequence(self, window: Window, offset: int, prompted: bool) -> _Sequence:
        """Decoder input, its targets (the next token, or ignored) and their places."""
        vocabulary, ids = self.vocabulary, self.vocabulary.ids
        prompt: list[int] = []
        if prompted and self.rng.random() < 0.7:
            prompt = [ids["prev"], *self._earlier_text()]
        stamped = self.rng.random() < 0.5
        pairs: list[tuple[int, Place]] = []
        letters = 0
        for said in window.spoken:
            pairs += self._said(said, offset, stamped, letters)
            letters += len(characters(said.text)) + 1
        if stamped and not pairs:
            pairs = [(vocabulary.stamp(offset), NOWHERE)]
        body = [token for token, _ in pairs]
        head = [ids["sot"], ids["id"], ids["transcribe"]] + ([] if stamped else [ids["notimestamps"]])
        language = ids["id"] if window.spoken else ids["nospeech"]
        # Prompt, task and mode are given in use, so nothing is learnt about guessing them.
        targets = [IGNORED] * len(prompt) + [language] + [IGNORED] * (len(head) - 2) + body + [ids["eot"]]
        before = len(targets) - len(body) - 1
        places = [NOWHERE] * before + [place for _, place in pairs] + [NOWHERE]
        return prompt + head + self._corrupt(body), targets, places

    def _earlier_text(self) -> list[int]:
        """Some other text, as faster-whisper puts the text before a window in front of it: with times or without."""
        speech, stamped = self.composer.speech, self.rng.random() < 0.5
        wanted = self.rng.choice((20, 40, 80, 120, 200))
        tokens: list[int] = []
        at = 0
        while len(tokens) < wanted:
            said = self.vocabulary.encode(self.rng.choice(speech.voices[self.rng.choice(speech.names)])[1])
            end = at + self.rng.randint(20, 150)
            tokens += [self.vocabulary.stamp(at), *said, self.vocabulary.stamp(end)] if stamped else said
            at = end % AUDIO_POSITIONS
        return tokens[-wanted:]

    def _said(self, said: Spoken, offset: int, stamped: bool, before: int) -> list[tuple[int, Place]]:
        """Tokens of one utterance with the place of each, roughly as if all letters were equally long."""
        text = " " + said.text
        encoding = self.vocabulary.tokenizer.encode(text)
        lengths = np.array([_LENGTH.get(sign, 1.0) for sign in text])
        ends = np.cumsum(lengths) / lengths.sum()
        scale, start = (said.end - said.start) * 50, said.start * 50
        numbers = letter_numbers(text)
        pairs: list[tuple[int, Place]] = []
        for token, (first, last) in zip(encoding.ids, encoding.offsets, strict=True):
            own = [number + before for number in numbers[first:last] if number >= 0] or [-1]
            centre = start + scale * (ends[max(first, 0)] + ends[last - 1]) / 2
            pairs.append((token, Place(float(centre), own[0], own[-1])))
        if not stamped:
            return pairs
        stamps = [
            (self.vocabulary.stamp(offset + round(at * 50)), Place(at * 50, -1, -1))
            for at in (said.start, said.end)
        ]
        return [stamps[0], *pairs, stamps[1]]

    def _corrupt(self, body: list[int]) -> list[int]:
        return [
            self.rng.randrange(self.vocabulary.text)
            if token < self.vocabulary.text and self.rng.random() < self.corrupted
            else token
            for token in body
        ]

    def _stack(self, sequences: list[_Sequence]) -> tuple[Tensor, Tensor, Tensor]:
        longest = -(-max(len(inputs) for inputs, _, _ in sequences) // _ROUND) * _ROUND
        tokens = torch.full((len(sequences), longest), self.vocabulary.ids["eot"])
        targets = torch.full((len(sequences), longest), IGNORED)
        placed = torch.full((len(sequences), longest, 3), -1.0)
        for row, (inputs, wanted, places) in enumerate(sequences):
            tokens[row, : len(inputs)] = torch.tensor(inputs)
            targets[row, : len(wanted)] = torch.tensor(wanted)
            placed[row, : len(places)] = torch.tensor(places)
        return tokens, targets, placed
