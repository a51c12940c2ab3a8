"""Who speaks when channels are mixed: two hidden speakers, heard through the bank's cue words.

A turn's words speak for the agent or the customer; neighbouring turns usually change speaker. Both together give
each turn a speaker and the chance that it is the right one.
"""

import math
from collections.abc import Sequence

from analyzer.matching.group_index import GroupIndex
from analyzer.models.bank import Cue, Roles

_MIN_CUE_SIMILARITY = 0.8
_INSIDE_CHANGE = 0.1  # chance of a change where the recogniser saw one segment: it cuts at most changes itself
_PRIOR_USES = 2.0  # uses in a call that count as much as the bank's own weight
_FIRST_AGENT = 0.8  # the agent answers the telephone; an IVR or a cut start may come first


def cues_in(roles: Roles, hits: GroupIndex, low: int, high: int) -> list[Cue]:
    """The cues heard in tokens [low, high), each once."""
    return [cue for cue in roles.cues if hits.confident((cue.group,), _MIN_CUE_SIMILARITY).any_between(low, high)]


def cue_weight(roles: Roles, hits: GroupIndex, low: int, high: int) -> float:
    """Log odds for the agent from the words in tokens [low, high); each group counts once."""
    return sum(cue.weight for cue in cues_in(roles, hits, low, high))


def adapted_weights(cues: Sequence[Sequence[Cue]], chances: Sequence[float]) -> dict[str, float]:
    """By group, the weight of each adapting cue as this call uses it.

    `cues` and `chances` by unit: what was heard in it, and the chance that it is the agent's. Few uses leave the
    bank's weight nearly as it is.
    """
    agent: dict[str, float] = {}
    uses: dict[str, int] = {}
    prior: dict[str, float] = {}
    for heard, chance in zip(cues, chances, strict=True):
        for cue in heard:
            if cue.adapts:
                prior[cue.group] = cue.weight
                uses[cue.group] = uses.get(cue.group, 0) + 1
                agent[cue.group] = agent.get(cue.group, 0.0) + chance
    learned = {
        group: (_PRIOR_USES * prior[group] + count * _log_share(agent[group], count)) / (_PRIOR_USES + count)
        for group, count in uses.items()
    }
    return {group: _confirmed(prior[group], weight) for group, weight in learned.items()}


def _confirmed(prior: float, learned: float) -> float:
    """A use on the side that the bank says only confirms it: it makes the cue stronger, never weaker."""
    return prior if prior * learned > 0 and abs(learned) < abs(prior) else learned


def _log_share(agent: float, uses: int) -> float:
    """Log odds of a share, half a use added to each side."""
    return math.log((agent + 0.5) / (uses - agent + 0.5))


def forward_backward(odds: Sequence[float], borders: Sequence[bool], roles: Roles) -> list[float]:
    """Chance that each unit is the agent's, from log odds and whether a segment border precedes it."""
    if not odds:
        return []
    forward = [_observe((_FIRST_AGENT, 1 - _FIRST_AGENT), odds[0])]
    for at in range(1, len(odds)):
        change = roles.change if borders[at] else _INSIDE_CHANGE
        forward.append(_observe(_transition(forward[-1], change), odds[at]))
    backward = (1.0, 1.0)
    chances = []
    for at in range(len(odds) - 1, -1, -1):
        agent, customer = forward[at][0] * backward[0], forward[at][1] * backward[1]
        chances.append(agent / (agent + customer))
        if at:
            change = roles.change if borders[at] else _INSIDE_CHANGE
            backward = _transition(_observe(backward, odds[at]), change)
    return chances[::-1]


def _observe(chances: tuple[float, float], odds: float) -> tuple[float, float]:
    agent = chances[0] * math.exp(max(-20.0, min(20.0, odds)))
    total = agent + chances[1]
    return agent / total, chances[1] / total


def _transition(chances: tuple[float, float], change: float) -> tuple[float, float]:
    agent, customer = chances
    return agent * (1 - change) + customer * change, agent * change + customer * (1 - change)
