"""espeak-ng through its library, which tells when each word starts; the command line does not."""

import ctypes
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from spoken import spoken
from voices import espeak_voice

ESPEAK_RATE: Final = 22_050
_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_END_OF_LIST, _WORD, _END_OF_CLAUSE = 0, 1, 5
_SILENT: Final = 1e-3


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn's sound at 22,050 Hz and its words, with seconds from the first sample."""

    wave: NDArray[np.float32]
    words: tuple[tuple[str, float, float], ...]


class _Espeak:
    """The loaded library. Its noise source has a state, so a call is always spoken by a fresh process."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        if self.library.espeak_Initialize(_SYNCHRONOUS, 0, None, 0) != ESPEAK_RATE:
            raise RuntimeError("espeak-ng did not start at 22,050 Hz; is the package espeak-ng installed?")
        self.blocks: list[NDArray[np.int16]] = []
        self.events: list[tuple[int, int, float]] = []
        self.callback = _Callback(self._receive)
        self.library.espeak_SetSynthCallback(self.callback)

    def _receive(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: object) -> int:
        if samples and count > 0:
            self.blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _END_OF_LIST:  # type: ignore[index]
            event = events[index]  # type: ignore[index]
            self.events.append((event.type, event.text_position - 1, event.audio_position / 1000))
            index += 1
        return 0

    def speak(self, text: str, voice: str, speed: int, pitch: int) -> tuple[NDArray[np.float32], list]:
        self.blocks.clear()
        self.events.clear()
        if self.library.espeak_SetVoiceByName(espeak_voice(voice).encode()) != 0:
            raise ValueError(f"espeak-ng has no voice '{espeak_voice(voice)}'")
        for parameter, value in ((_RATE, speed), (_PITCH, pitch), (_RANGE, 60)):
            self.library.espeak_SetParameter(parameter, value, 0)
        raw = text.encode()
        self.library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None)
        wave = np.concatenate(self.blocks).astype(np.float32) / 32768.0
        return wave, list(self.events)


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def speak(text: str, voice: str, speed: int, pitch: int) -> Spoken:
    """Say `text` in a voice variant; the silence around it is cut off."""
    tokens = text.split()
    starts, said = [], ""
    for token in tokens:
        starts.append(len(said))
        said += spoken(token) + " "
    wave, events = _espeak().speak(said.strip(), voice, speed, pitch)
    loud = np.flatnonzero(np.abs(wave) > _SILENT)
    first, last = int(loud[0]), int(loud[-1]) + 1
    words = _words(tokens, starts, events, wave)
    shift = first / ESPEAK_RATE
    length = (last - first) / ESPEAK_RATE
    moved = ((word, max(0.0, start - shift), min(length, end - shift)) for word, start, end in words)
    return Spoken(wave[first:last], tuple(moved))


def _words(
    tokens: list[str], starts: list[int], events: list[tuple[int, int, float]], wave: NDArray[np.float32]
) -> list[tuple[str, float, float]]:
    """espeak's words brought back to the text's ("pe el en" is one "PLN"); ends exclude the pause that follows."""
    begins: dict[int, float] = {}
    borders = sorted({time for kind, _, time in events if kind in (_WORD, _END_OF_CLAUSE)})
    last, shown = 0, -1
    for kind, position, time in events:
        if kind == _WORD and position >= 0:  # a word event before the text's start marks a pause
            # After a full stop the position is that of the space; "!" makes the last one point back.
            index = max(i for i, start in enumerate(starts) if start <= position + 1)
            last = index if position > shown else min(last + 1, len(tokens) - 1)
            shown = max(shown, position)
            begins.setdefault(last, time)
    found: list[tuple[str, float, float]] = []
    order = sorted(begins)
    for place, index in enumerate(order):
        begin = begins[index]
        following = begins[order[place + 1]] if place + 1 < len(order) else len(wave) / ESPEAK_RATE
        # The clause's end event lies after its pause, so the sound itself says where the word ends.
        border = min([b for b in borders if begin + 0.05 < b <= following] or [following])
        sound = np.abs(wave[round(begin * ESPEAK_RATE) : round(border * ESPEAK_RATE)])
        loud = np.flatnonzero(sound > 10 * _SILENT)
        end = min(border, begin + (int(loud[-1]) + 1) / ESPEAK_RATE) if loud.size else border
        found.append((re.sub(r"[.,?!]+$", "", tokens[index]), begin, end))
    return found
