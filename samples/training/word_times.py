"""Where each word begins, from espeak-ng itself: its library reports a position for every word it speaks."""

import ctypes
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from voices import espeak_voice

_RETRIEVAL: Final = 1
_WORD_EVENT: Final = 1
_UTF8: Final = 1
_RATE, _PITCH = 1, 3


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", ctypes.c_char * 8),
    )  # fmt: skip


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@lru_cache(maxsize=1)
def _library() -> tuple[ctypes.CDLL, int]:
    library = ctypes.CDLL("libespeak-ng.so.1")
    rate: int = library.espeak_Initialize(_RETRIEVAL, 0, None, 0)
    return library, rate


def speak_with_times(
    text: str, voice: str, speed: int, pitch: int
) -> tuple[NDArray[np.float32], list[float], int]:
    """Samples, the second at which each word begins, and the sampling rate."""
    library, rate = _library()
    pieces: list[NDArray[np.int16]] = []
    starts: list[float] = []

    def receive(
        samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]"
    ) -> int:
        if samples and count:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        at = 0
        while events[at].type:
            if events[at].type == _WORD_EVENT:
                starts.append(events[at].audio_position / 1000)
            at += 1
        return 0

    callback = _Callback(receive)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetVoiceByName(espeak_voice(voice).encode())
    library.espeak_SetParameter(_RATE, speed, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    given = text.encode()
    library.espeak_Synth(given, len(given) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return np.concatenate(pieces).astype(np.float32) / 32768.0, starts, rate
