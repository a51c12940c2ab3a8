"""Log-mel features of many windows at once, exactly as faster-whisper makes them."""

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from torch import Tensor

# The telephone carries nothing above 4 kHz, so the lower half of the filters and a transform of half the
# size at 8 kHz give the same features as faster-whisper's 16 kHz ones, for half the work.
_MEL = torch.from_numpy(np.asarray(FeatureExtractor().mel_filters, dtype=np.float32))[:, :101]
_WINDOW = torch.hann_window(200)
_GAIN = 4.0  # twice the samples: twice the amplitude
_FLOOR = 8.0


def log_mel(waves: NDArray[np.float32], lengths: list[int], louder: NDArray[np.float32]) -> Tensor:
    """Features [window, 80, frames] of 8 kHz waves; frames after a wave's own length are zero.

    `louder` (log10 units, per window) raises the floor as a louder moment elsewhere in the call does:
    in sequential mode faster-whisper takes the maximum over the whole recording.
    """
    spectrum = torch.stft(torch.from_numpy(waves), 200, 80, window=_WINDOW, return_complex=True)[..., :-1]
    power = torch.view_as_real(spectrum).square().sum(-1) * _GAIN
    log = torch.clamp(_MEL @ power, min=1e-10).log10()
    frames = torch.tensor([length // 80 for length in lengths])
    heard = torch.arange(log.shape[-1])[None, None, :] < frames[:, None, None]
    top = (
        log.masked_fill(~heard, -10.0).amax(dim=(1, 2), keepdim=True)
        + torch.from_numpy(louder)[:, None, None]
    )
    return ((torch.maximum(log, top - _FLOOR) + 4.0) / 4.0) * heard
