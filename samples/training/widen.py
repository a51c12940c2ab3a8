"""The sample model at the cost of a real one: `python samples/training/widen.py small OUT [--model samples/model]`.

Widens without changing what is computed, so that benchmarks cost what Whisper costs and transcripts can still be
checked. Every activation stands `k` times side by side: rows of a weight are repeated, columns repeated and divided by
`k`, whole attention heads repeated (they are 64 wide already, as Whisper's), norms repeated. Added layers have
weights of their own (equal ones would be stored once and be cached as a real model's cannot), and output projections
so small that nothing is added: 1e-12 beside activations of about 1 is lost in float32. The vocabulary is padded to
Whisper's 51,865 with tokens that a bias of -10,000 keeps from ever being written. `k` is a power of two for tiny and
small, so even the int8 numbers stay the same.

Whisper base is 512 wide, no multiple of 192; its place is taken by 576 (9 heads), 27 % more work than base a layer.
Needs only ctranslate2 and numpy.
"""

import argparse
import json
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.model_spec import LayerSpec
from numpy.typing import NDArray

Array = NDArray[np.float32]
VOCABULARY: Final = 51_865
_NEVER: Final = -1e4
_NOTHING: Final = 1e-12
_TYPES: Final = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_SMALL_FILES: Final = ("tokenizer.json", "preprocessor_config.json")


@dataclass(frozen=True)
class Shape:
    """`times` the sample model's width of 192 with its 3 heads; layers of each half."""

    times: int
    layers: int


SHAPES: Final = {"tiny": Shape(2, 4), "base": Shape(3, 6), "small": Shape(4, 12)}


def read_weights(file: Path) -> dict[str, Array]:
    """Every variable of a CTranslate2 model.bin as float32, int8 ones multiplied out; scalars are left out."""
    raw = file.read_bytes()
    at = 0

    def number(kind: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(kind, raw, at)
        at += struct.calcsize(kind)
        return int(value)

    def text() -> str:
        nonlocal at
        length = number("H")
        at += length
        return raw[at - length : at - 1].decode()

    number("I")
    text()
    number("I")
    found: dict[str, NDArray[np.generic]] = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = _TYPES[number("B")], number("I")
        found[name] = np.frombuffer(raw, kind, size // np.dtype(kind).itemsize, at).reshape(shape)
        at += size
    aliases = {text(): text() for _ in range(number("I"))}
    weights = {}
    for name, value in found.items():
        if value.ndim == 0 or name.endswith("_scale"):
            continue
        scale = found.get(f"{name}_scale")
        weights[name] = value.astype(np.float32)
        if value.dtype == np.int8 and scale is not None:
            weights[name] /= scale.astype(np.float32).reshape(-1, *[1] * (value.ndim - 1))
    return weights | {name: weights[target] for name, target in aliases.items() if target in weights}


def widen(weights: dict[str, Array], shape: Shape) -> WhisperSpec:
    """The wider model's specification, filled."""
    k = shape.times
    spec = WhisperSpec(shape.layers, 3 * k, shape.layers, 3 * k)
    for half in ("encoder", "decoder"):
        own = getattr(spec, half)
        depth = sum(f"{half}/layer_{number}/ffn/linear_0/weight" in weights for number in range(shape.layers))
        for number, layer in enumerate(own.layer):
            prefix = f"{half}/layer_{min(number, depth - 1)}/"
            _fill(layer, {n.removeprefix(prefix): w for n, w in weights.items() if n.startswith(prefix)}, k)
            if number >= depth:
                _silence(layer, number)
        _fill(own.layer_norm, _below(weights, f"{half}/layer_norm/"), k)
        own.position_encodings.encodings = np.tile(weights[f"{half}/position_encodings/encodings"], (1, k))
    for name in ("conv1", "conv2"):
        weight, bias = weights[f"encoder/{name}/weight"], weights[f"encoder/{name}/bias"]
        inner = k if name == "conv2" else 1
        conv = getattr(spec.encoder, name)
        conv.weight, conv.bias = np.tile(weight, (k, inner, 1)) / np.float32(inner), np.tile(bias, k)
    embedding = weights["decoder/embeddings/weight"]
    missing = VOCABULARY - len(embedding)
    spec.decoder.embeddings.weight = np.tile(np.pad(embedding, ((0, missing), (0, 0))), (1, k))
    projection = weights["decoder/projection/weight"]
    spec.decoder.projection.weight = np.tile(np.pad(projection, ((0, missing), (0, 0))), (1, k)) / np.float32(k)
    spec.decoder.projection.bias = np.pad(
        np.zeros(len(projection), np.float32), (0, missing), constant_values=_NEVER
    )
    return spec


def _below(weights: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _fill(part: LayerSpec, weights: dict[str, Array], k: int) -> None:
    """Each variable of a part of the specification, widened by its kind."""
    for name, value in weights.items():
        target = part
        *path, last = name.split("/")
        for step in path:
            base, _, number = step.rpartition("_")
            several = getattr(target, base, None) if number.isdigit() else None
            target = several[int(number)] if isinstance(several, list) else getattr(target, step)
        setattr(target, last, _widened(name, value, k))


def _widened(name: str, value: Array, k: int) -> Array:
    if value.ndim == 1:
        blocks = _blocks(name)
        return np.tile(value.reshape(blocks, -1), (1, k)).reshape(-1)
    blocks = _blocks(name)
    rows = value.reshape(blocks, -1, value.shape[1])
    return np.tile(rows, (1, k, k)).reshape(-1, value.shape[1] * k) / np.float32(k)


def _blocks(name: str) -> int:
    """Query, key and value stand one below the other in one weight: each is repeated by itself."""
    fused: dict[str, int] = {"self_attention/linear_0": 3, "attention/linear_1": 2}
    for start, count in fused.items():
        if name.startswith(start):
            return count
    return 1


def _silence(layer: LayerSpec, seed: int) -> None:
    """Random weights in all matrices; those of the output projections so small that the layer adds nothing."""
    rng = np.random.default_rng(seed)
    last = [layer.ffn.linear_1, layer.self_attention.linear[-1]]
    inner = [layer.ffn.linear_0, layer.self_attention.linear[0]]
    if hasattr(layer, "attention"):
        last.append(layer.attention.linear[-1])
        inner += layer.attention.linear[:-1]
    for dense, size in (*((dense, _NOTHING) for dense in last), *((dense, 0.02) for dense in inner)):
        dense.weight = rng.standard_normal(dense.weight.shape, np.float32) * np.float32(size)
        dense.bias = np.zeros_like(dense.bias)


def save(source: Path, shape: Shape, out: Path, settings: dict[str, object]) -> None:
    """Write the model folder; `settings` are its transcribe.json."""
    out.mkdir(parents=True, exist_ok=True)
    spec = widen(read_weights(source / "model.bin"), shape)
    vocabulary = json.loads((source / "vocabulary.json").read_text("utf-8"))
    spec.register_vocabulary([*vocabulary, *(f"<|unused{n}|>" for n in range(VOCABULARY - len(vocabulary)))])
    config = json.loads((source / "config.json").read_text("utf-8"))
    for name in ("suppress_ids", "suppress_ids_begin", "lang_ids", "alignment_heads"):
        setattr(spec.config, name, config[name])
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(out))
    for name in _SMALL_FILES:
        shutil.copyfile(source / name, out / name)
    (out / "transcribe.json").write_text(json.dumps(settings) + "\n", "utf-8")


def main() -> None:
    """Parse and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "model")
    args = parser.parse_args()
    settings = json.loads((args.model / "transcribe.json").read_text("utf-8"))
    save(args.model, SHAPES[args.shape], args.out, settings)


if __name__ == "__main__":
    main()
