"""Calls that keep the SOP, worded by the bank's own examples: parts to leave out, move, say twice or hand over."""

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.matching.support import BANK
from tests.properties.calls import APART, Line

STEPS = tuple(step.id for step in BANK.steps)
ALL_MET = dict.fromkeys(STEPS, "met")
OWNER, EMAIL, THANKS = "owner_tenant_question", "email_request", "thanks_for_email"
CALLBACK, NOTICE, CLOSING = "callback_question", "marketing_notice", "closing_thanks"
OPENING, OFFER = "opening", "offer_of_help"
ORDER = (OPENING, OWNER, EMAIL, THANKS, CALLBACK, OFFER, NOTICE, CLOSING)
_ANSWERS = {
    OPENING: ("Listrik di rumah saya padam dari tadi pagi.", "Tokennya tidak bisa masuk."),
    OWNER: ("Ya saya sendiri pemiliknya.", "Saya mengontrak di sini.", "Saya yang bertanggung jawab di kantor ini."),
    EMAIL: ("tono lima at gmail titik com", "Belum punya Pak.", "Wah saya tidak bersedia Mas."),
    CALLBACK: ("Boleh Mas.", "Jangan dihubungi ya.", "Pakai nomor lain ya Mas."),
    OFFER: ("Sudah, itu saja.", "Begitu saja dulu."),
    NOTICE: ("Ya.", "Baik."),
}
# the bank's "makasih ya Bu atas emailnya" is also a doubtful request when there was no other
_THANKS = ("Baik Bapak, terima kasih", "Makasih ya Bu.")


@dataclass(frozen=True)
class Part:
    """One piece of a call: the agent's sentence, and the customer's answer where one belongs to it."""

    name: str
    said: tuple[Line, ...]


Call = tuple[Part, ...]


def said(call: Iterable[Part]) -> tuple[Line, ...]:
    """The lines of a call."""
    return tuple(line for part in call for line in part.said)


def part(name: str) -> st.SearchStrategy[Part]:
    """A part in one of the bank's wordings, a turn of its own: how sentences of one turn mix is for tests/matching."""
    target = {OPENING: "greeting"}.get(name, name)
    texts = _THANKS if name == THANKS else BANK.targets()[target].must_match
    agent = st.sampled_from(texts).map(lambda text: Line("a", text, APART))
    if name in {THANKS, CLOSING}:
        return agent.map(lambda line: Part(name, (line,)))
    customer = st.sampled_from(_ANSWERS[name]).map(lambda text: Line("c", text))
    return st.tuples(agent, customer).map(lambda pair: Part(name, pair))


calls: st.SearchStrategy[Call] = st.tuples(*map(part, ORDER))
"""calls in which every step is met"""


@st.composite
def mixed_calls(draw: st.DrawFn) -> Call:
    """Parts of a call in any order, each there or not: any mixture of met, missed and out of order."""
    whole = {part.name: part for part in draw(calls)}
    order = draw(st.permutations([name for name in ORDER if name not in {OPENING, THANKS}]))
    kept = order[: draw(st.integers(0, len(order)))]
    thanked = (EMAIL, THANKS) if draw(st.booleans()) else (EMAIL,)
    names = [part for name in kept for part in (thanked if name == EMAIL else (name,))]
    return (whole[OPENING], *(whole[name] for name in names))
