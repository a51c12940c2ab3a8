"""Start a training from a packed model: `python samples/training/start.py WORK samples/model [--spent MINUTES]`.

Writes WORK/checkpoint.pt and WORK/tokenizer.json, so that train.py goes on where the packed model's own training left
it: `--spent` says how far along its course (windows, learning rate) that is. What a pack leaves out, the CTC head, is
learnt anew first, with all else standing still; int8 weights are taken as they are, half a step off at most.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from batches import Batch
from net import AUDIO_POSITIONS
from numpy.typing import NDArray
from pack import full_vocabulary
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from train import Clock, Stream, Trainer
from widen import read_weights
from windows import Speech

HEAD_STEPS: Final = 150  # brought the loss to 0.24 a letter, the level that the training itself then went on from
HEAD_RATE: Final = 5e-3

Array = NDArray[np.float32]


def bare_tokenizer(model: Path) -> Tokenizer:
    """The BPE without the tokens that packing added."""
    kept = json.loads((model / "tokenizer.json").read_text("utf-8"))
    kept["added_tokens"] = []
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(kept, file)
        file.flush()
        return Tokenizer.from_file(file.name)


def state_of(weights: dict[str, Array], rows: list[int]) -> dict[str, Array]:
    """CTranslate2's variables under the names of net.py."""
    state = {f"encoder.{name}.{kind}": weights[f"encoder/{name}/{kind}"] for name in ("conv1", "conv2")
             for kind in ("weight", "bias")}  # fmt: skip
    state["encoder.pad_position"] = weights["encoder/position_encodings/encodings"][AUDIO_POSITIONS]
    state["decoder.embed_positions.weight"] = weights["decoder/position_encodings/encodings"]
    embedding = weights["decoder/embeddings/weight"]
    state["decoder.embed_tokens.weight"] = np.stack([embedding[rows.index(row)] for row in range(max(rows) + 1)])
    for half in ("encoder", "decoder"):
        _norm(state, f"{half}.layer_norm", weights, f"{half}/layer_norm")
        depth = len({name.split("/")[1] for name in weights if name.startswith(f"{half}/layer_") and "norm" not in
                     name.split("/")[1]})  # fmt: skip
        for number in range(depth):
            _layer(state, f"{half}.layers.{number}", weights, f"{half}/layer_{number}")
    return state


def _layer(state: dict[str, Array], own: str, weights: dict[str, Array], theirs: str) -> None:
    _attention(state, f"{own}.self_attn", weights, f"{theirs}/self_attention", (("q_proj", "k_proj", "v_proj"),))
    _norm(state, f"{own}.self_attn_layer_norm", weights, f"{theirs}/self_attention/layer_norm")
    if f"{theirs}/attention/linear_0/weight" in weights:
        _attention(state, f"{own}.encoder_attn", weights, f"{theirs}/attention", (("q_proj",), ("k_proj", "v_proj")))
        _norm(state, f"{own}.encoder_attn_layer_norm", weights, f"{theirs}/attention/layer_norm")
    for number, name in enumerate(("fc1", "fc2")):
        for kind in ("weight", "bias"):
            state[f"{own}.{name}.{kind}"] = weights[f"{theirs}/ffn/linear_{number}/{kind}"]
    _norm(state, f"{own}.final_layer_norm", weights, f"{theirs}/ffn/layer_norm")


def _attention(
    state: dict[str, Array], own: str, weights: dict[str, Array], theirs: str, fused: tuple[tuple[str, ...], ...]
) -> None:
    for number, names in enumerate((*fused, ("out_proj",))):
        for kind in ("weight", "bias"):
            parts = np.split(weights[f"{theirs}/linear_{number}/{kind}"], len(names))
            for name, part in zip(names, parts, strict=True):
                if (name, kind) != ("k_proj", "bias"):  # Whisper's keys have none: those of a pack are zeros
                    state[f"{own}.{name}.{kind}"] = part


def _norm(state: dict[str, Array], own: str, weights: dict[str, Array], theirs: str) -> None:
    state[f"{own}.weight"], state[f"{own}.bias"] = weights[f"{theirs}/gamma"], weights[f"{theirs}/beta"]


def learn_head(trainer: Trainer, speech: Speech) -> float:
    """The CTC head alone; returns its last loss a letter."""
    head, loss = trainer.model.characters, torch.zeros(())
    optimiser = torch.optim.Adam(head.parameters(), lr=HEAD_RATE)
    batches = iter(Stream(speech, trainer.vocabulary, 17, Clock(time.time(), 1e9)))
    for _ in range(HEAD_STEPS):
        loss = ctc_alone(trainer, next(batches))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return float(loss.detach())


def ctc_alone(trainer: Trainer, batch: Batch) -> Tensor:
    """CTC loss a letter, with a gradient for the head only."""
    with torch.no_grad():
        audio = trainer.model.heard(batch.features, batch.offset)
    signs = trainer.model.characters(audio).log_softmax(-1).transpose(0, 1)
    lengths = batch.letter_lengths
    loss = functional.ctc_loss(
        signs, batch.letters, batch.audio_lengths, lengths, reduction="sum", zero_infinity=True
    )
    return loss / lengths.sum().clamp(min=1)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="the folder that train.py is given; holds data/train")
    parser.add_argument("model", type=Path, help="the packed model")
    parser.add_argument("--spent", type=float, default=60.0, help="minutes of training that it counts for")
    args = parser.parse_args()
    torch.manual_seed(2)
    bare_tokenizer(args.model).save(str(args.work / "tokenizer.json"))
    trainer = Trainer(args.work, time.time())
    _, rows = full_vocabulary(trainer.vocabulary)
    state = {name: torch.from_numpy(np.array(value)) for name, value in
             state_of(read_weights(args.model / "model.bin"), rows).items()}  # fmt: skip
    missing, unknown = trainer.model.load_state_dict(state, strict=False)
    if unknown or set(missing) != {"characters.weight", "characters.bias"}:
        raise SystemExit(f"{args.model}: not a model of this shape ({missing}, {unknown})")
    print(f"CTC head: loss {learn_head(trainer, Speech(args.work / 'data' / 'train')):.2f} a letter")
    trainer.average = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    trainer.spent = args.spent * 60
    trainer.save()


if __name__ == "__main__":
    main()
