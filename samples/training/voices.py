"""espeak-ng voice variants: which ones train the model and which ones only ever measure it."""

from typing import Final

# Sample calls, tests and every published figure use these only; training never hears them.
HELD_OUT_VOICES: Final[tuple[str, ...]] = (
    "m3", "f2", "f5", "Andrea", "Mario", "linda", "paul", "steph", "f4", "m7",
)  # fmt: skip

# Natural enough to be taken for a person on the telephone; robots, croaks and whispers are left out.
TRAINING_VOICES: Final[tuple[str, ...]] = (
    "Alex", "Alicia", "Andy", "Annie", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo",
    "Jacky", "Lee", "Marco", "Michael", "Mike", "Mr serious", "Nguyen", "RicishayMax", "RicishayMax2",
    "RicishayMax3", "adam", "anika", "announcer", "antonio", "aunty", "belinda", "benjamin", "boris",
    "caleb", "david", "ed", "edward", "edward2", "f1", "f3", "grandma", "grandpa", "iven", "iven2",
    "iven3", "iven4", "john", "kaukovalta", "klatt", "klatt2", "klatt3", "m1", "m2", "m4", "m5", "m6",
    "m8", "marcelo", "max", "michel", "miguel", "norbert", "pablo", "pedro", "quincy", "rob", "robert",
    "sandro", "shelby", "steph2", "steph3", "travis", "victor", "zac",
)  # fmt: skip


def espeak_voice(variant: str) -> str:
    """The name espeak-ng takes for an Indonesian voice of this variant."""
    return f"id+{variant}"
