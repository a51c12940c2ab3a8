"""How fast this machine transcribes, with how many processes and threads; and what was chosen for it."""

from analyzer.bench.choice import Choice, chosen, cores, keep_choice, machine_name
from analyzer.bench.measure import Bench, Candidate, Measured, best_of, candidates, for_made_sound
from analyzer.bench.sound import made_call

__all__ = [
    "Bench",
    "Candidate",
    "Choice",
    "Measured",
    "best_of",
    "candidates",
    "chosen",
    "cores",
    "for_made_sound",
    "keep_choice",
    "machine_name",
    "made_call",
]
