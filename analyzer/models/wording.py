"""How one target of a bank is worded: phrases, concepts, thresholds, examples."""

from typing import Annotated

from pydantic import Field, model_validator

from analyzer.models.base import Frozen

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Percent = Annotated[float, Field(ge=0, le=100)]


class DisplayName(Frozen):
    """A name for people, in Indonesian and in English."""

    id: str
    en: str


class Concept(Frozen):
    """Words that together carry a meaning in any order, within one turn of one speaker.

    `all` and `any` name word groups of the bank. The first of `all` gives the seed words: name the rarest first.
    """

    all: tuple[Id, ...] = Field(min_length=1, description="every one of these groups must be heard")
    any: tuple[Id, ...] = Field((), description="and at least one of these, when given")
    none: tuple[Id, ...] = Field((), description="and none of these anywhere near (`near` words around)")
    absent_in_sentence: tuple[Id, ...] = Field((), description="and none of these anywhere in the sentence")
    not_preceded_by: tuple[Id, ...] = Field((), description="none of these just before the seed word (negation)")
    preceding_window: int = Field(2, ge=1, description="words before the seed word in which `not_preceded_by` counts")
    within: int = Field(9, ge=0, description="words between the first and the last")
    near: int = Field(3, ge=0, description="words before and after in which `none` counts")
    sentence_initial: int | None = Field(
        None, ge=0, description="it counts only at a sentence's beginning: after so many words at most, fillers apart"
    )
    in_order: bool = Field(False, description="the groups of `all` must follow each other as written")
    score: Percent = Field(100, description="similarity when every word is heard perfectly")


class Wording(Frozen):
    """How a target is worded, and how near a match must be."""

    phrases: tuple[str, ...] = Field((), description="phrase language: (a|b), [optional], {slot}, <group>")
    must: tuple[Id, ...] = Field((), description="groups of which every phrase match must hold one word each")
    must_not: tuple[Id, ...] = Field((), description="groups of which nothing may stand in or near a phrase match")
    concepts: tuple[Concept, ...] = ()
    accept: Percent = Field(75, description="similarity from which it was said")
    doubt: Percent = Field(62, description="similarity from which it may have been said")
    trace: Percent | None = Field(
        None, description="similarity from which it counts when the customer answers it at once; None: as `doubt`"
    )
    reason: str = Field(min_length=10, description="why these thresholds")
    must_match: tuple[str, ...] = ()
    must_not_match: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> "Wording":
        if not self.phrases and not self.concepts:
            raise ValueError("give phrases or concepts")
        if self.phrases and not self.must:
            raise ValueError("phrases need `must`: at least one word group that no match may lack")
        if self.doubt > self.accept:
            raise ValueError(f"doubt {self.doubt:g} is above accept {self.accept:g}")
        if self.trace is not None and self.trace > self.doubt:
            raise ValueError(f"trace {self.trace:g} is above doubt {self.doubt:g}")
        return self

    @property
    def groups(self) -> set[str]:
        """Word groups that it names outside its phrases."""
        names = {*self.must, *self.must_not}
        for concept in self.concepts:
            names.update(concept.all, concept.any, concept.none, concept.absent_in_sentence, concept.not_preceded_by)
        return names

    @property
    def min_similarity(self) -> float:
        """Similarity below which nothing is a candidate."""
        return self.doubt if self.trace is None else self.trace
