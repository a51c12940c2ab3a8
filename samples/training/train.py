"""Train the demonstration Whisper until a given time of day, resuming from its last checkpoint."""

import argparse
import contextlib
import json
import math
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from align import letter_frames
from batches import IGNORED, Batch, Batcher
from net import SmallWhisper
from tokenizers import Tokenizer
from tokens import Vocabulary, train_tokenizer
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset
from windows import Composer, Speech

SHAPE = {"width": 192, "encoder_layers": 4, "decoder_layers": 2, "heads": 3}
# Share of the time, longest window in seconds, windows a batch, share of wrong words in the decoder's input:
# short ones teach the sounds cheaply, the last ones look exactly as in use.
STAGES = ((0.34, 4.0, 40, 0.08), (0.64, 6.0, 20, 0.07), (1.01, 10.0, 14, 0.05))
PEAK, LAST, WARM_UP = 2e-3, 0.03, 150
CTC_WEIGHT = 0.6
# Guided heads should look within this many positions (0.02 s) of where a token is spoken: without being
# shown where to look, the decoder stays a mere language model for most of so short a training.
GUIDE_FIRST, GUIDE_LAST, GUIDE_REACH = 1.0, 0.1, 8
# Once the CTC loss per letter is below this, its alignment is better than counting letters.
EXACT_BELOW = 1.0
UNUSED_CLASSES = 98 + 3 + 1_000
_SAVE_EVERY = 600.0


def centres_heard(batch: Batch, signs: Tensor) -> Tensor:
    """Where each target is spoken, from the CTC head's alignment; rough places for what has no letters."""
    texts = [row.tolist() for row in batch.letters.split(batch.letter_lengths.tolist())]
    frames = letter_frames(signs.numpy(), batch.audio_lengths.tolist(), texts)
    centres = batch.places[..., 0].clone()
    for row, heard in enumerate(frames):
        if heard.size:
            ends = torch.from_numpy(heard)
            first, last = batch.places[row, :, 1].long(), batch.places[row, :, 2].long()
            middle = (ends[first.clamp(min=0)] + ends[last.clamp(min=0)]) / 2
            centres[row] = torch.where(first >= 0, middle, centres[row])
    return centres


class Trainer:
    """Model, its running average, optimiser, and the clock that the schedule follows."""

    def __init__(self, folder: Path, until: float) -> None:
        self.folder = folder
        path = folder / "tokenizer.json"
        tokenizer = Tokenizer.from_file(str(path)) if path.is_file() else train_tokenizer(path)
        self.vocabulary = Vocabulary(tokenizer)
        self.model = SmallWhisper(**SHAPE, tokens=self.vocabulary.size)
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=PEAK, weight_decay=0.02, betas=(0.9, 0.98)
        )
        self.step, self.spent, self.until = 0, 0.0, until
        self.unused = torch.zeros(self.vocabulary.size)
        self.unused[self.vocabulary.ids["unused"]] = math.log(UNUSED_CLASSES)

    @property
    def checkpoint(self) -> Path:
        """Where the state is kept."""
        return self.folder / "checkpoint.pt"

    def load(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        if self.checkpoint.is_file():
            kept: dict[str, Any] = torch.load(self.checkpoint, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimiser.load_state_dict(kept["optimiser"])
            self.average, self.step, self.spent = kept["average"], kept["step"], kept["spent"]

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        part = self.checkpoint.with_suffix(".part")
        kept = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "average": self.average, "step": self.step, "spent": self.spent,
        }  # fmt: skip
        torch.save(kept, part)
        part.replace(self.checkpoint)

    def rate(self, progress: float) -> float:
        """Learning rate: warm-up by steps, then a cosine over the time there is."""
        cosine = LAST + (1 - LAST) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        return PEAK * cosine * min(1.0, (self.step + 1) / WARM_UP)

    def losses(self, batch: Batch, drop: float) -> tuple[Tensor, Tensor, Tensor]:
        """Decoder loss per token, CTC loss per character, and how far the guided heads look elsewhere."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, signs = self.model(batch.features, batch.tokens, batch.offset, drop)
        words = functional.cross_entropy(
            (logits.float() + self.unused).flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED
        )
        signs = signs.float().log_softmax(-1).transpose(0, 1)
        ctc = functional.ctc_loss(
            signs,
            batch.letters,
            batch.audio_lengths,
            batch.letter_lengths,
            reduction="sum",
            zero_infinity=True,
        ) / batch.letter_lengths.sum().clamp(min=1)
        exact = float(ctc.detach()) < EXACT_BELOW
        return (
            words,
            ctc,
            self._guide(centres_heard(batch, signs.detach()) if exact else batch.places[..., 0]),
        )

    def _guide(self, centres: Tensor) -> Tensor:
        """The last layer is shown where the next token is; the one before, where the last token was.

        Only what was already written can be found by its sound, and from there it is one step on.
        """
        before = torch.cat([torch.full_like(centres[:, :1], -1.0), centres[:, :-1]], dim=1)
        looks = self.model.looks()
        places = torch.arange(looks[0].shape[-1])
        missed: list[Tensor] = []
        for wanted, look in zip((before, centres), looks, strict=True):
            near = (places - wanted[..., None]).abs() <= GUIDE_REACH
            miss = -torch.log((look.float() * near[:, None]).sum(-1) + 1e-3).mean(1) * (wanted >= 0)
            missed.append(miss.sum() / (wanted >= 0).sum().clamp(min=1))
        return torch.stack(missed).mean()

    def train_step(self, batch: Batch, progress: float) -> list[float]:
        """One step; returns the losses."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(progress)
        words, ctc, guide = self.losses(batch, 0.0)
        self.optimiser.zero_grad()
        showing = GUIDE_FIRST * (GUIDE_LAST / GUIDE_FIRST) ** min(progress, 1.0)
        (words + CTC_WEIGHT * ctc + showing * guide).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(0.998, self.step / (self.step + 20))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return [float(loss.detach()) for loss in (words, ctc, guide)]


def stage(progress: float) -> tuple[float, int, float]:
    """Longest window, batch size and corruption at this point."""
    return next((limit, size, corrupted) for share, limit, size, corrupted in STAGES if progress < share)


@dataclass(frozen=True, slots=True)
class Clock:
    """How much of the time is gone, the same for trainer and window maker."""

    begun: float
    whole: float

    def progress(self) -> float:
        """0 at the start, 1 when the time is up."""
        return (time.time() - self.begun) / self.whole


class Stream(IterableDataset[Batch]):
    """Batches without end, made in a process of its own so that no core waits."""

    def __init__(self, speech: Speech, vocabulary: Vocabulary, seed: int, clock: Clock) -> None:
        super().__init__()
        self.batcher = Batcher(Composer(speech, seed + 1), vocabulary, seed + 2)
        self.clock = clock

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        while True:
            yield self.batcher.batch(*stage(self.clock.progress()))


def stop_softly(_number: int, _frame: FrameType | None) -> None:
    """A terminated run keeps what it has learnt."""
    raise KeyboardInterrupt


def run(trainer: Trainer, speech: Speech, log: Path) -> None:
    """Steps until the time is up; a line of figures every 25 steps, a checkpoint every 10 minutes."""
    whole = trainer.spent + trainer.until - time.time()
    saved = begun = time.time()
    clock = Clock(begun - trainer.spent, whole)
    batches = iter(
        DataLoader(Stream(speech, trainer.vocabulary, trainer.step, clock), batch_size=None, num_workers=1)
    )
    sums = [0.0] * 3
    while time.time() < trainer.until:
        now = time.time()
        figures = trainer.train_step(next(batches), clock.progress())
        sums = [total + value for total, value in zip(sums, figures, strict=True)]
        if trainer.step % 25 == 0:
            row = {
                "step": trainer.step,
                "progress": round(clock.progress(), 4),
                "at": f"{datetime.now().astimezone():%H:%M:%S}",
            }
            row |= {
                name: round(total / 25, 4)
                for name, total in zip(("words", "ctc", "guide"), sums, strict=True)
            }
            row |= {"seconds": round(time.time() - now, 2)}
            with log.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
            sums = [0.0] * 3
        if now - saved > _SAVE_EVERY:
            trainer.spent, begun, saved = trainer.spent + now - begun, now, now
            trainer.save()
            sys.stderr.write(f"checkpoint at step {trainer.step}\n")
    trainer.spent += time.time() - begun
    trainer.save()


def seconds_until(text: str) -> float:
    """`HH:MM` today (or tomorrow, if past), or a number of minutes from now."""
    if ":" not in text:
        return time.time() + float(text) * 60
    hour, minute = (int(part) for part in text.split(":"))
    then = datetime.now().astimezone().replace(hour=hour, minute=minute, second=0)
    return (then if then > datetime.now().astimezone() else then + timedelta(days=1)).timestamp()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds data/train; receives tokenizer, checkpoint and log")
    parser.add_argument("--until", default="90", help="HH:MM, or minutes from now")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    trainer = Trainer(args.folder, seconds_until(args.until))
    trainer.load()
    (args.folder / "log").mkdir(exist_ok=True)
    signal.signal(signal.SIGTERM, stop_softly)
    begun, before = time.time(), trainer.spent
    with contextlib.suppress(KeyboardInterrupt):
        run(trainer, Speech(args.folder / "data" / "train"), args.folder / "log" / "train.jsonl")
    trainer.spent = before + time.time() - begun
    trainer.save()


if __name__ == "__main__":
    main()
