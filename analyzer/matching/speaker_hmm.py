"""Speakers of a mono recording: a two-state hidden Markov model (agent, customer) with forward-backward.

The hidden state of an utterance is its speaker. What is observed are the bank's cue words and steps, as log odds for
the agent; the transition is a change of speaker, likelier at a segment border. Forward-backward gives each utterance
the probability that it is the agent's.
"""

import math
from collections.abc import Sequence

from analyzer.matching.concepts import GroupIndex
from analyzer.models.bank import Cue, SpeakerRoles

State = tuple[float, float]
"""probabilities of agent and customer"""


def cues_in(roles: SpeakerRoles, index: GroupIndex, low: int, high: int) -> list[Cue]:
    """The cues heard in tokens [low, high), each once."""
    heard = roles.cue_similarity
    return [cue for cue in roles.cues if index.confident_hits((cue.group,), heard).any_between(low, high)]


def adapted_weights(
    cues: Sequence[Sequence[Cue]], probabilities: Sequence[float], prior_uses: float
) -> dict[str, float]:
    """By group, the weight of each adapting cue as this call uses it.

    `cues` and `probabilities` by utterance: what was heard in it, and how probably it is the agent's. `prior_uses`:
    uses that count as much as the bank's own weight; fewer leave it nearly as it is.
    """
    agent: dict[str, float] = {}
    uses: dict[str, int] = {}
    prior: dict[str, float] = {}
    for heard, probability in zip(cues, probabilities, strict=True):
        for cue in heard:
            if cue.adapts:
                prior[cue.group] = cue.weight
                uses[cue.group] = uses.get(cue.group, 0) + 1
                agent[cue.group] = agent.get(cue.group, 0.0) + probability
    posterior = {
        group: (prior_uses * prior[group] + count * _log_odds(agent[group], count)) / (prior_uses + count)
        for group, count in uses.items()
    }
    return {group: _never_weaker(prior[group], weight) for group, weight in posterior.items()}


def _never_weaker(prior: float, posterior: float) -> float:
    """A use on the side that the bank names makes the cue stronger, never weaker."""
    return prior if prior * posterior > 0 and abs(posterior) < abs(prior) else posterior


def _log_odds(agent: float, uses: int) -> float:
    """Log odds of a share, half a use added to each side."""
    return math.log((agent + 0.5) / (uses - agent + 0.5))


def forward_backward(odds: Sequence[float], segment_starts: Sequence[bool], roles: SpeakerRoles) -> list[float]:
    """Probability that each utterance is the agent's, from its log odds and whether a segment begins with it."""
    if not odds:
        return []
    forward = [_observe((roles.first_is_agent, 1 - roles.first_is_agent), odds[0])]
    for index in range(1, len(odds)):
        change = roles.change if segment_starts[index] else roles.change_inside
        forward.append(_observe(_transition(forward[-1], change), odds[index]))
    backward = (1.0, 1.0)
    probabilities = []
    for index in range(len(odds) - 1, -1, -1):
        agent, customer = forward[index][0] * backward[0], forward[index][1] * backward[1]
        probabilities.append(agent / (agent + customer))
        if index:
            change = roles.change if segment_starts[index] else roles.change_inside
            backward = _transition(_observe(backward, odds[index]), change)
    return probabilities[::-1]


def _observe(state: State, odds: float) -> State:
    agent = state[0] * math.exp(max(-20.0, min(20.0, odds)))
    total = agent + state[1]
    return agent / total, state[1] / total


def _transition(state: State, change: float) -> State:
    agent, customer = state
    return agent * (1 - change) + customer * change, agent * change + customer * (1 - change)
