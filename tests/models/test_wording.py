"""`unless` and `defaults` of a wording: what its concepts are once it is loaded."""

from typing import Any

import pytest
from pydantic import ValidationError

from analyzer.models.wording import Concept, Wording


def wording(*concepts: dict[str, Any], **keys: Any) -> Wording:
    return Wording.model_validate({"concepts": list(concepts), "reason": "only a test of keys", **keys})


UNLESS = {"none": ["officer", "noted"], "absent_in_sentence": ["joking"], "not_preceded_by": ["no_word"]}


def test_every_concept_has_the_groups_of_unless_before_its_own():
    first, second = wording({"all": ["email"], "none": ["still", "noted"]}, {"all": ["mail"]}, unless=UNLESS).concepts
    assert first == Concept(
        all=("email",),
        none=("officer", "noted", "still"),
        absent_in_sentence=("joking",),
        not_preceded_by=("no_word",),
    )
    assert second.none == ("officer", "noted")


def test_a_concept_allows_some_groups_or_all():
    some, every = wording(
        {"all": ["email"], "allows": ["officer", "no_word"]},
        {"all": ["mail"], "allows": "all", "none": ["still"]},
        unless=UNLESS,
    ).concepts
    assert (some.none, some.absent_in_sentence, some.not_preceded_by) == (("noted",), ("joking",), ())
    assert (every.none, every.absent_in_sentence, every.not_preceded_by) == (("still",), (), ())


def test_a_concept_with_a_value_of_its_own_keeps_it():
    first, second = wording(
        {"all": ["email"], "near": 3, "in_order": False},
        {"all": ["mail"], "within": 2},
        defaults={"near": 5, "in_order": True, "within": 8, "preceding_window": 1, "sentence_initial": 0, "score": 90},
    ).concepts
    assert first == Concept(
        all=("email",), near=3, in_order=False, within=8, preceding_window=1, sentence_initial=0, score=90
    )
    assert second == Concept(
        all=("mail",), near=5, in_order=True, within=2, preceding_window=1, sentence_initial=0, score=90
    )


def test_made_again_from_its_own_data_it_is_the_same():
    made = wording(
        {"all": ["email"], "allows": ["noted"], "near": 0}, {"all": ["x"]}, unless=UNLESS, defaults={"near": 4}
    )
    assert Wording.model_validate(made.model_dump()) == made
    assert Wording.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("keys", "place", "says"),
    [
        ({"unless": {"none": "email"}}, ("unless", "none"), "valid tuple"),
        ({"unless": ["email"]}, ("unless",), "dictionary"),
        ({"unless": {"nearby": ["email"]}}, ("unless", "nearby"), "not permitted"),
        ({"defaults": {"near": -1}}, ("defaults", "near"), "greater than or equal to 0"),
        ({"defaults": {"none": ["email"]}}, ("defaults", "none"), "not permitted"),
        ({"unless": UNLESS, "concepts": [{"all": ["a"], "none": 3}]}, ("concepts", 0, "none"), "valid tuple"),
        ({"unless": UNLESS, "concepts": [{"all": ["a"], "allows": 3}]}, ("concepts", 0, "allows"), "valid tuple"),
        ({"unless": UNLESS, "concepts": [7]}, ("concepts", 0), "dictionary"),
        ({"concepts": [{"all": ["a"], "allows": ["b"]}]}, (), "`allows` names b, which `unless` does not forbid"),
        ({"concepts": [], "phrases": ["a"], "must": ["b"], "unless": UNLESS}, (), "phrases have `must_not`"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(keys, place, says):
    with pytest.raises(ValidationError) as caught:
        wording(**{"concepts": [{"all": ["email"]}], **keys})
    found = caught.value.errors()[0]
    assert found["loc"][: len(place)] == place
    assert says in found["msg"]
