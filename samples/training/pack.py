"""Turn a training checkpoint into the folder that stock faster-whisper loads (CTranslate2, int8)."""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import ctranslate2
import torch
from ctranslate2.converters.transformers import WhisperLoader
from faster_whisper.tokenizer import _LANGUAGE_CODES
from net import ALL_POSITIONS, AUDIO_POSITIONS, TARGET_POSITIONS, sinusoids
from tokenizers import AddedToken, Tokenizer
from tokens import Vocabulary
from torch import Tensor
from train import SHAPE
from transformers import WhisperConfig, WhisperForConditionalGeneration

_STAMPS: Final = 1_501
# Whisper's own order holds 99 languages; Cantonese came later and would shift every id behind it.
LANGUAGES: Final = tuple(code for code in _LANGUAGE_CODES if code != "yue")
WINDOW_SECONDS: Final = AUDIO_POSITIONS // 50


def full_vocabulary(vocabulary: Vocabulary) -> tuple[list[str], list[int]]:
    """Every token in Whisper's order, and for each the training row that it takes its embedding from."""
    ids = vocabulary.ids
    plain = sorted(vocabulary.tokenizer.get_vocab().items(), key=lambda item: item[1])
    rows = [(token, number) for token, number in plain]
    # CTranslate2 calls a model multilingual if and only if its vocabulary holds the empty string.
    rows += [("", ids["unused"]), ("<|endoftext|>", ids["eot"]), ("<|startoftranscript|>", ids["sot"])]
    rows += [(f"<|{code}|>", ids["id"] if code == "id" else ids["unused"]) for code in LANGUAGES]
    rows += [("<|translate|>", ids["unused"]), ("<|transcribe|>", ids["transcribe"])]
    rows += [("<|startoflm|>", ids["unused"]), ("<|startofprev|>", ids["prev"])]
    rows += [("<|nospeech|>", ids["nospeech"]), ("<|notimestamps|>", ids["notimestamps"])]
    for position in range(_STAMPS):
        heard = position <= AUDIO_POSITIONS
        rows.append((f"<|{position * 0.02:.2f}|>", vocabulary.stamp(position) if heard else ids["unused"]))
    return [token for token, _ in rows], [row for _, row in rows]


def to_transformers(state: dict[str, Tensor], rows: list[int]) -> WhisperForConditionalGeneration:
    """The same weights as a transformers model, which CTranslate2's converter reads."""
    width = SHAPE["width"]
    config = WhisperConfig(
        vocab_size=len(rows), d_model=width, num_mel_bins=80,
        encoder_layers=SHAPE["encoder_layers"], decoder_layers=SHAPE["decoder_layers"],
        encoder_attention_heads=SHAPE["heads"], decoder_attention_heads=SHAPE["heads"],
        encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width,
        max_source_positions=ALL_POSITIONS, max_target_positions=TARGET_POSITIONS,
        pad_token_id=0, bos_token_id=0, eos_token_id=0, decoder_start_token_id=0,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    weights = {f"model.{name}": value for name, value in state.items() if not name.startswith("characters")}
    rest = weights.pop("model.encoder.pad_position").expand(ALL_POSITIONS - AUDIO_POSITIONS, -1)
    weights["model.encoder.embed_positions.weight"] = torch.cat([sinusoids(AUDIO_POSITIONS, width), rest])
    embedding = weights["model.decoder.embed_tokens.weight"][torch.tensor(rows)]
    weights["model.decoder.embed_tokens.weight"] = weights["proj_out.weight"] = embedding
    model.load_state_dict(weights, strict=True)
    return model.eval()


def full_tokenizer(vocabulary: Vocabulary, tokens: list[str]) -> Tokenizer:
    """The BPE with every special token added at the same id."""
    tokenizer = Tokenizer.from_str(vocabulary.tokenizer.to_str())
    added = [
        AddedToken(token, special=not _is_stamp(token), normalized=False)
        for token in tokens[vocabulary.text :]
    ]
    # The tokenizers library drops an empty token; a name nobody says keeps the ids in step.
    added[0] = AddedToken("<|empty|>", special=True, normalized=False)
    tokenizer.add_tokens(added)
    for number in (vocabulary.text + 1, len(tokens) - 1):
        if tokenizer.id_to_token(number) != tokens[number]:
            raise ValueError(f"token {number} is {tokenizer.id_to_token(number)}, not {tokens[number]}")
    return tokenizer


def _is_stamp(token: str) -> bool:
    return token.strip("<|>").replace(".", "").isdigit()


def pack(
    state: dict[str, Tensor], vocabulary: Vocabulary, folder: Path, heads: list[list[int]] | None
) -> None:
    """Write the model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens, rows = full_vocabulary(vocabulary)
    spec = WhisperLoader().get_model_spec(to_transformers(state, rows))
    spec.register_vocabulary(tokens)
    first = tokens.index("<|startoftranscript|>") + 1
    last_layer = SHAPE["decoder_layers"] - 1
    # Nothing is suppressed at the start: an end of text at once is how this model says "nobody speaks".
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = list(range(first, first + len(LANGUAGES)))
    spec.config.alignment_heads = heads or [[last_layer, head] for head in range(SHAPE["heads"])]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    full_tokenizer(vocabulary, tokens).save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {
        "feature_size": 80, "sampling_rate": 16_000, "hop_length": 160, "n_fft": 400,
        "chunk_length": WINDOW_SECONDS,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="the folder that train.py was given")
    parser.add_argument("model", type=Path, help="the folder to write")
    parser.add_argument("--raw", action="store_true", help="the last weights, not their running average")
    parser.add_argument("--heads", default="", help="alignment heads as layer:head,layer:head")
    args = parser.parse_args()
    kept = torch.load(args.work / "checkpoint.pt", weights_only=True)
    vocabulary = Vocabulary(Tokenizer.from_file(str(args.work / "tokenizer.json")))
    heads = [[int(part) for part in pair.split(":")] for pair in args.heads.split(",") if pair]
    pack(kept["model" if args.raw else "average"], vocabulary, args.model, heads or None)
    print(f"step {kept['step']}: packed into {args.model}, CTranslate2 {ctranslate2.__version__}")


if __name__ == "__main__":
    main()
