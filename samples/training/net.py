"""A Whisper of any width in plain torch, with the parameter names of transformers.

Own code instead of the transformers model for one reason: padding. faster-whisper pads every window with
zero frames to 30 s, and 1,000 padded positions would cost two thirds of all training. Positions beyond
`AUDIO_POSITIONS` (10 s) share one learnt position vector, so all padded frames are the same frame; one of
them with log(count) added to its attention score is exactly as good as all of them.
"""

import math
import random
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

AUDIO_POSITIONS: Final = 500
ALL_POSITIONS: Final = 1_500
TARGET_POSITIONS: Final = 448
GUIDED_HEADS: Final = 1
# Two padded positions are computed: the first still sees audio through the convolutions, the second
# stands for all that follow.
PAD_COMPUTED: Final = 2
# Stock faster-whisper pads to 30 s; this project to 12 s (`encoder_seconds`), at half the cost. Training sees both.
PADDED_TO: Final = (ALL_POSITIONS, 600)
PAD_SHARES: Final = tuple(math.log(positions - AUDIO_POSITIONS - PAD_COMPUTED + 1) for positions in PADDED_TO)


def sinusoids(length: int, channels: int) -> Tensor:
    """Whisper's fixed encoder positions."""
    step = math.log(10_000) / (channels // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(channels // 2))[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    """Whisper's attention: no bias on the keys."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)
        self.guided = 0  # how many heads keep what they look at, for the loss that shows them where
        self.seen: Tensor | None = None

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: Tensor, source: Tensor, mask: Tensor | None) -> Tensor:
        query, key, value = (
            self._split(layer(given))
            for layer, given in ((self.q_proj, x), (self.k_proj, source), (self.v_proj, source))
        )
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        if mask is not None:
            scores = scores + mask.to(scores.dtype)
        # Spelt out: in bfloat16 on a CPU this is twice as fast as scaled_dot_product_attention.
        weights = torch.softmax(scores, -1, dtype=scores.dtype)
        if self.guided and self.training:
            self.seen = weights[:, : self.guided]
        mixed = weights @ value
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, normalised first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor | None, drop: float) -> Tensor:
        normed = self.self_attn_layer_norm(x)
        x = x + functional.dropout(self.self_attn(normed, normed, mask), drop, self.training)
        hidden = functional.gelu(self.fc1(self.final_layer_norm(x)))
        return x + functional.dropout(self.fc2(hidden), drop, self.training)


class DecoderLayer(nn.Module):
    """Masked self-attention, attention to the audio, feed-forward."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, audio: Tensor, mask: Tensor | None, drop: float) -> Tensor:
        normed = self.self_attn_layer_norm(x)
        later = torch.full((x.shape[1], x.shape[1]), -1e4).triu(1)
        x = x + functional.dropout(self.self_attn(normed, normed, later), drop, self.training)
        x = x + self.encoder_attn(self.encoder_attn_layer_norm(x), audio, mask)
        hidden = functional.gelu(self.fc1(self.final_layer_norm(x)))
        return x + functional.dropout(self.fc2(hidden), drop, self.training)


class Encoder(nn.Module):
    """Features to audio states; `pad_position` is the position vector of everything after 10 s."""

    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(80, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positions", sinusoids(AUDIO_POSITIONS, width), persistent=False)
        self.pad_position = nn.Parameter(torch.randn(width) * 2)
        self.layers = nn.ModuleList(EncoderLayer(width, heads) for _ in range(layers))
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, features: Tensor, offset: int, mask: Tensor, drop: float) -> Tensor:
        x = functional.gelu(self.conv1(features))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        audio = x.shape[1] - PAD_COMPUTED
        positions = self.get_buffer("positions")[offset : offset + audio]
        x = x + torch.cat([positions, self.pad_position.expand(PAD_COMPUTED, -1)])
        for layer in self.layers:
            x = layer(x, mask, drop)
        normed: Tensor = self.layer_norm(x)
        return normed


class Decoder(nn.Module):
    """Tokens and audio states to token states."""

    def __init__(self, width: int, layers: int, heads: int, tokens: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(tokens, width)
        self.embed_positions = nn.Embedding(TARGET_POSITIONS, width)
        self.layers = nn.ModuleList(DecoderLayer(width, heads) for _ in range(layers))
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, audio: Tensor, mask: Tensor, drop: float) -> Tensor:
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, audio, mask, drop)
        normed: Tensor = self.layer_norm(x)
        return normed


class SmallWhisper(nn.Module):
    """Encoder, decoder and a character CTC head that only training uses."""

    def __init__(self, width: int, encoder_layers: int, decoder_layers: int, heads: int, tokens: int) -> None:
        super().__init__()
        self.encoder = Encoder(width, encoder_layers, heads)
        self.decoder = Decoder(width, decoder_layers, heads, tokens)
        self.characters = nn.Linear(width, 28)
        for layer in self.decoder.layers:
            layer.get_submodule("encoder_attn").guided = GUIDED_HEADS  # type: ignore[assignment]
        self.apply(_start)
        nn.init.normal_(self.decoder.embed_tokens.weight, std=width**-0.5)
        with torch.no_grad():
            self.decoder.embed_positions.weight.copy_(sinusoids(TARGET_POSITIONS, width) * width**-0.5)

    def looks(self) -> list[Tensor]:
        """What the guided heads looked at in the last pass: [window, head, token, position] per layer."""
        kept = [layer.get_submodule("encoder_attn").seen for layer in self.decoder.layers]
        return [weights for weights in kept if isinstance(weights, Tensor)]

    def forward(self, features: Tensor, tokens: Tensor, offset: int, drop: float) -> tuple[Tensor, Tensor]:
        """Token logits and character logits."""
        mask = _padding(features, random.choice(PAD_SHARES) if self.training else PAD_SHARES[0])
        audio = self.encoder(features, offset, mask, drop)
        states = self.decoder(tokens, audio, mask, drop)
        logits = functional.linear(states, self.decoder.embed_tokens.weight)
        return logits, self.characters(audio[:, :-PAD_COMPUTED])

    def heard(self, features: Tensor, offset: int) -> Tensor:
        """Audio states without those of the padding."""
        audio: Tensor = self.encoder(features, offset, _padding(features, PAD_SHARES[0]), 0.0)
        return audio[:, :-PAD_COMPUTED]


def _padding(features: Tensor, share: float) -> Tensor:
    mask = torch.zeros(1, 1, 1, features.shape[-1] // 2)
    mask[..., -1] = share
    return mask


def _start(module: nn.Module) -> None:
    # The usual deviation of 0.02 starves so narrow a model; these keep activations near one.
    if isinstance(module, nn.Conv1d):
        nn.init.kaiming_normal_(module.weight)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
    if isinstance(module, nn.Conv1d | nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
