"""How far a packed model's word starts lie from where espeak-ng says the words begin."""

import argparse
import difflib
import json
import random
from pathlib import Path

import numpy as np
from evaluate import SAMPLE_RATE, words
from faster_whisper import WhisperModel
from grammar import Grammar
from numpy.typing import NDArray
from spoken import spoken
from synth import to_telephone
from voices import HELD_OUT_VOICES
from word_times import speak_with_times


def plain_line(grammar: Grammar) -> str:
    """A line whose written words are what espeak-ng is given, one for one."""
    while True:
        text = grammar.line(grammar.rng.choice(list(grammar.lines)))
        if 5 <= len(words(text)) <= 16 and words(spoken(text)) == words(text) and "-" not in text:
            return text


def to_model_rate(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """8 kHz to 16 kHz."""
    padded = np.concatenate([wave, np.zeros(800 - wave.size % 800, dtype=np.float32)])
    return (np.fft.irfft(np.fft.rfft(padded), padded.size * 2) * 2).astype(np.float32)


def start_errors(model: WhisperModel, sentences: int) -> list[float]:
    """Seconds between heard and true word starts, for the words heard right."""
    grammar, rng = Grammar(424_242), random.Random(5)
    errors: list[float] = []
    for _ in range(sentences):
        text = plain_line(grammar)
        wave, starts, _rate = speak_with_times(
            spoken(text), rng.choice(HELD_OUT_VOICES), rng.randint(135, 180), 50
        )
        lead = rng.uniform(0.1, 1.5)
        narrow = np.concatenate([np.zeros(int(lead * 8_000), dtype=np.float32), to_telephone(wave)])
        audio = to_model_rate(
            narrow + np.random.default_rng(1).normal(0, 1e-3, narrow.size).astype(np.float32)
        )
        heard = [
            word
            for said in model.transcribe(audio, language="id", word_timestamps=True)[0]
            for word in said.words
        ]
        wanted, got = words(text), [" ".join(words(word.word)) for word in heard]
        if len(starts) != len(wanted) or audio.size > 10 * SAMPLE_RATE:
            continue
        for run in difflib.SequenceMatcher(None, wanted, got, autojunk=False).get_matching_blocks():
            errors += [heard[run.b + at].start - lead - starts[run.a + at] for at in range(run.size)]
    return errors


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--sentences", type=int, default=40)
    args = parser.parse_args()
    model = WhisperModel(str(args.model), device="cpu", compute_type="int8", cpu_threads=2)
    errors = np.array(start_errors(model, args.sentences))
    figures = {
        "words": errors.size, "median_error": round(float(np.median(np.abs(errors))), 3),
        "mean_shift": round(float(errors.mean()), 3),
        "within_0.2_s": round(float((np.abs(errors) <= 0.2).mean()), 3),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
