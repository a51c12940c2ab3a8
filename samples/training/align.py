"""Where each letter of a window is spoken, from the CTC head (the best path through the letters)."""

import numpy as np
from numpy.typing import NDArray

_NEVER = -1e9
Floats = NDArray[np.float32]


def letter_frames(log_probs: Floats, frames: list[int], letters: list[list[int]]) -> list[Floats]:
    """Per window the encoder position of each letter; `log_probs` is [position, window, class]."""
    states = np.zeros((len(letters), 2 * max(map(len, letters), default=0) + 1), dtype=np.int64)
    for row, signs in zip(states, letters, strict=True):
        row[1 : 2 * len(signs) : 2] = signs
    back, last = _forward(log_probs, frames, states, [2 * len(signs) for signs in letters])
    places = [np.zeros(len(signs), dtype=np.float32) for signs in letters]
    for window, signs in enumerate(letters):
        path = _backward(back[:, window], int(last[window]), frames[window])
        for letter in range(len(signs)):
            at = np.flatnonzero(path == 2 * letter + 1)
            places[window][letter] = at.mean() if at.size else 0.0
    return places


def _forward(
    log_probs: Floats, frames: list[int], states: NDArray[np.int64], ends: list[int]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Viterbi: the step back (0, 1 or 2 states) at every position, and the best last state of each window."""
    count, width = states.shape
    rows = np.arange(count)
    # A letter may follow the last one without a blank between them unless both are the same.
    skip = np.full((count, width), _NEVER, dtype=np.float32)
    skip[:, 2:][(states[:, 2:] != 0) & (states[:, 2:] != states[:, :-2])] = 0.0
    score = np.full((count, width), _NEVER, dtype=np.float32)
    score[:, :2] = log_probs[0][rows[:, None], states[:, :2]]
    back = np.zeros((log_probs.shape[0], count, width), dtype=np.int8)
    running = np.array(frames)
    ways = np.full((3, count, width), _NEVER, dtype=np.float32)
    for at in range(1, int(running.max())):
        ways[0], ways[1, :, 1:], ways[2, :, 2:] = score, score[:, :-1], score[:, :-2] + skip[:, 2:]
        best = ways.argmax(0)
        step = ways.max(0) + log_probs[at][rows[:, None], states]
        going = (at < running)[:, None]
        back[at] = np.where(going, best, 0)
        score = np.where(going, step, score)
    final, before = score[rows, ends], score[rows, np.maximum(np.array(ends) - 1, 0)]
    return back, np.where(final >= before, ends, np.maximum(np.array(ends) - 1, 0))


def _backward(back: NDArray[np.int8], last: int, frames: int) -> NDArray[np.int64]:
    path = np.zeros(frames, dtype=np.int64)
    state = last
    for at in range(frames - 1, -1, -1):
        path[at] = state
        state -= int(back[at, state])
    return path
