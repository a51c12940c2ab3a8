"""What must hold for any text: what is said is found, what is not said is not."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analyzer.analysis.bank_check import single_utterance
from analyzer.bank.load import load_bank
from analyzer.bank.phrase_language import expand
from analyzer.language.normalise import normal_words
from analyzer.matching.matcher import Matcher
from analyzer.matching.token_candidates import Lexicon
from analyzer.models.bank import PhraseBank, Step
from tests.examples import examples
from tests.matching import everyday
from tests.matching.support import BANK

ENGLISH = load_bank(Path(__file__).parents[1] / "scoring" / "english_bank.yaml")
NEAR = 3  # words around a match in which a must-not word counts
SIMILAR = 0.77  # similarity from which a word is taken for a bank word, alone or as one word for two


def vocabulary(bank: PhraseBank) -> set[str]:
    """Every normal word of the bank's phrases, groups and examples."""
    texts = [entry for entries in bank.groups.values() for entry in entries]
    for wording in bank.targets().values():
        texts += wording.must_match
        texts += [" ".join(s).replace("<", " ").replace(">", " ") for p in wording.phrases for s in expand(p)]
    return {word for text in texts for word in normal_words(text, bank.language)}


class BankUnderTest:
    """A bank, and what is found with it in an utterance of the agent."""

    def __init__(self, bank: PhraseBank) -> None:
        self.bank = bank
        self._matcher = Matcher(bank)
        self._lexicon = Lexicon(vocabulary(bank), bank.language, bank.match)
        self.other = [w for w in everyday.WORDS if not set(normal_words(w, bank.language)) & vocabulary(bank)]
        # "layang" is like "layani", which no e-mail request may hold: words that resemble the bank's are left out
        self.neutral = [word for word in self.other if not self.resembles_bank(word)]

    def resembles_bank(self, word: str) -> bool:
        """Whether letters resemble a word of the bank, or another spelling of one ("maks" is nearly "makasih")."""
        best = self._lexicon.nearest(word)
        return best is not None and best[1] >= SIMILAR

    def accepted(self, text: str) -> list[tuple[str, int, int]]:
        """(step, first word, word after the last) of every candidate that reaches accept."""
        thresholds = {step.id: step.wording.accept for step in self.bank.steps}
        candidates = self._matcher.find(single_utterance(text, "agent")).candidates
        return [(c.target, c.first, c.last) for c in candidates if c.similarity >= thresholds.get(c.target, 101)]

    def must_not(self, step: Step, text: str) -> bool:
        """Whether a text holds what a step must not."""
        said = f" {' '.join(normal_words(text, self.bank.language))} "
        entries = [entry for group in step.wording.must_not for entry in self.bank.groups[group]]
        return any(f" {' '.join(normal_words(entry, self.bank.language))} " in said for entry in entries)


BANKS = {"pln123": BankUnderTest(BANK), "fibrenet": BankUnderTest(ENGLISH)}
WORDED = [(name, step.id) for name, tried in BANKS.items() for step in tried.bank.steps if step.wording.phrases]


@st.composite
def spoken_phrases(draw, bank: PhraseBank, step: Step) -> str:
    """One wording of a step's phrases, each group by one of its entries."""
    sequence = draw(st.sampled_from([s for phrase in step.wording.phrases for s in expand(phrase)]))
    return " ".join(draw(st.sampled_from(bank.groups[w[1:-1]])) if w.startswith("<") else w for w in sequence)


@pytest.mark.parametrize(("name", "target"), WORDED)
@given(data=st.data())
@examples(60)
def test_a_phrase_of_the_bank_is_found_among_other_words(name, target, data):
    tried = BANKS[name]
    step = tried.bank.step(target)
    phrase = data.draw(spoken_phrases(tried.bank, step), "phrase")
    before = data.draw(st.lists(st.sampled_from(tried.neutral), max_size=20), "before")
    after = data.draw(st.lists(st.sampled_from(tried.neutral), max_size=20), "after")
    assume(not tried.must_not(step, " ".join((*before[-NEAR:], phrase, *after[:NEAR]))))
    begin, end = len(before), len(before) + len(phrase.split())
    found = tried.accepted(" ".join((*before, phrase, *after)))
    assert any(step_id == target and first < end and last > begin for step_id, first, last in found)


@pytest.mark.parametrize("name", BANKS)
@given(data=st.data())
@examples(150)
def test_everyday_words_are_no_step(name, data):
    words = data.draw(st.lists(st.sampled_from(BANKS[name].other), min_size=1, max_size=80))
    assert BANKS[name].accepted(" ".join(words)) == []


@pytest.mark.parametrize("name", BANKS)
@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12), min_size=1, max_size=60))
@examples(150)
def test_random_letters_are_no_step(name, words):
    noise = [word for word in words if not BANKS[name].resembles_bank(word)]
    assert BANKS[name].accepted(" ".join(noise)) == []
