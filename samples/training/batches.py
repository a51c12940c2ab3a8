"""Windows into tensors: features, token targets, CTC targets."""

import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from features import log_mel
from net import AUDIO_POSITIONS, PAD_COMPUTED
from tokens import Vocabulary, characters
from windows import Composer, Spoken, Window

IGNORED = -100
_CORRUPTED = 0.07


@dataclass(frozen=True)
class Batch:
    """What one training step needs; `offset` is the first encoder position."""

    features: Tensor
    tokens: Tensor
    targets: Tensor
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

    def batch(self, limit: float, size: int) -> Batch:
        """One batch; windows shorter than 10 s begin at any position so that all positions are learnt."""
        positions = int(limit * 50)
        offset = self.rng.choice((0, self.rng.randint(0, AUDIO_POSITIONS - positions)))
        windows = [self.composer.window(limit) for _ in range(size)]
        waves = np.zeros((size, (positions + PAD_COMPUTED) * 160), dtype=np.float32)
        for row, window in zip(waves, windows, strict=True):
            row[: window.wave.size] = window.wave
        lengths = [window.wave.size for window in windows]
        louder = np.array([self.rng.choice((0, 0, self.rng.uniform(0, 1.5))) for _ in windows], dtype=np.float32)
        prompted = self.rng.random() < 0.12
        sequences = [self._sequence(window, offset, prompted) for window in windows]
        letters = [characters(" ".join(said.text for said in window.spoken)) for window in windows]
        tokens, targets = self._stack(sequences)
        return Batch(
            features=log_mel(waves, lengths, louder),
            tokens=tokens,
            targets=targets,
            letters=torch.tensor([sign for row in letters for sign in row]),
            letter_lengths=torch.tensor([len(row) for row in letters]),
            audio_lengths=torch.tensor([min(length // 160 + 1, positions) for length in lengths]),
            offset=offset,
        )

    def _sequence(self, window: Window, offset: int, prompted: bool) -> tuple[list[int], list[int]]:
        """Decoder input and its targets (the next token, or ignored)."""
        vocabulary, ids = self.vocabulary, self.vocabulary.ids
        prompt: list[int] = []
        if prompted and self.rng.random() < 0.7:
            names = self.composer.speech.names
            wanted = self.rng.choice((20, 40, 80, 120, 200))
            while len(prompt) < wanted:
                prompt += vocabulary.encode(self.rng.choice(self.composer.speech.voices[names[0]])[1])
            prompt = [ids["prev"], *prompt[-wanted:]]
        stamped = self.rng.random() < 0.5
        body = [token for said in window.spoken for token in self._said(said, offset, stamped)]
        if stamped and not body:
            body = [vocabulary.stamp(offset)]
        head = [ids["sot"], ids["id"], ids["transcribe"]] + ([] if stamped else [ids["notimestamps"]])
        language = ids["id"] if window.spoken else ids["nospeech"]
        # Prompt, task and mode are given in use, so nothing is learnt about guessing them.
        targets = [IGNORED] * len(prompt) + [language] + [IGNORED] * (len(head) - 2) + body + [ids["eot"]]
        return prompt + head + self._corrupt(body), targets

    def _said(self, said: Spoken, offset: int, stamped: bool) -> list[int]:
        text = self.vocabulary.encode(said.text)
        if not stamped:
            return text
        first, last = (self.vocabulary.stamp(offset + round(second * 50)) for second in (said.start, said.end))
        return [first, *text, last]

    def _corrupt(self, body: list[int]) -> list[int]:
        """Wrong words now and then: a decoder that cannot trust its own past must listen."""
        return [
            self.rng.randrange(self.vocabulary.text)
            if token < self.vocabulary.text and self.rng.random() < _CORRUPTED
            else token
            for token in body
        ]

    def _stack(self, sequences: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor]:
        longest = max(len(inputs) for inputs, _ in sequences)
        tokens = torch.full((len(sequences), longest), self.vocabulary.ids["eot"])
        targets = torch.full((len(sequences), longest), IGNORED)
        for row, (inputs, wanted) in enumerate(sequences):
            tokens[row, : len(inputs)] = torch.tensor(inputs)
            targets[row, : len(wanted)] = torch.tensor(wanted)
        return tokens, targets
