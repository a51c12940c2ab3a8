"""Who speaks when channels are mixed: two hidden speakers, heard through the bank's cue words.

A turn's words speak for the agent or the customer; neighbouring turns usually change speaker. Both together give
each turn a speaker and the chance that it is the right one.
"""

import math
from collections.abc import Sequence

from analyzer.match.hits import Hits
from analyzer.models.phrases import Roles

_SURE_WORD = 0.8
_INSIDE_CHANGE = 0.1  # chance of a change where the recogniser saw one segment: it cuts at most changes itself
_FIRST_AGENT = 0.8  # the agent answers the telephone; an IVR or a cut start may come first


def cue_weight(roles: Roles, hits: Hits, low: int, high: int) -> float:
    """Log odds for the agent from the words in tokens [low, high); each group counts once."""
    return sum(cue.weight for cue in roles.cues if hits.surely((cue.group,), _SURE_WORD).any_between(low, high))


def likely_agent(odds: Sequence[float], borders: Sequence[bool], roles: Roles) -> list[float]:
    """Chance that each unit is the agent's, from log odds and whether a segment border precedes it."""
    if not odds:
        return []
    forward = [_step((_FIRST_AGENT, 1 - _FIRST_AGENT), odds[0])]
    for at in range(1, len(odds)):
        change = roles.change if borders[at] else _INSIDE_CHANGE
        forward.append(_step(_change(forward[-1], change), odds[at]))
    backward = (1.0, 1.0)
    chances = []
    for at in range(len(odds) - 1, -1, -1):
        agent, customer = forward[at][0] * backward[0], forward[at][1] * backward[1]
        chances.append(agent / (agent + customer))
        if at:
            change = roles.change if borders[at] else _INSIDE_CHANGE
            backward = _change(_step(backward, odds[at]), change)
    return chances[::-1]


def _step(chances: tuple[float, float], odds: float) -> tuple[float, float]:
    agent = chances[0] * math.exp(max(-20.0, min(20.0, odds)))
    total = agent + chances[1]
    return agent / total, chances[1] / total


def _change(chances: tuple[float, float], change: float) -> tuple[float, float]:
    agent, customer = chances
    return agent * (1 - change) + customer * change, agent * change + customer * (1 - change)
