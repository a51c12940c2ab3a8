"""How one target of a bank is worded: phrases, concepts, thresholds, examples."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from analyzer.models.base import Frozen

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Percent = Annotated[float, Field(ge=0, le=100)]


class DisplayName(Frozen):
    """A name for people, in Indonesian and in English."""

    id: str = Field(description="in Indonesian")
    en: str = Field(description="in English")


class Unless(Frozen):
    """What keeps all concepts of a wording from counting, added to what each concept forbids itself."""

    none: tuple[Id, ...] = Field((), description="no word of these groups anywhere near (`near` words around)")
    absent_in_sentence: tuple[Id, ...] = Field((), description="no word of these groups anywhere in the sentence")
    not_preceded_by: tuple[Id, ...] = Field(
        (), description="no word of these groups just before the seed word (negation)"
    )


class ConceptDefaults(Frozen):
    """Values that a wording's concepts take when they give none of their own."""

    preceding_window: int | None = Field(None, ge=1, description="`preceding_window` of all concepts")
    within: int | None = Field(None, ge=0, description="`within` of all concepts")
    near: int | None = Field(None, ge=0, description="`near` of all concepts")
    sentence_initial: int | None = Field(None, ge=0, description="`sentence_initial` of all concepts")
    in_order: bool | None = Field(None, description="`in_order` of all concepts")
    score: Percent | None = Field(None, description="`score` of all concepts")


class Concept(Frozen):
    """Words that together carry a meaning in any order, within one turn of one speaker.

    `all` and `any` name word groups of the bank. The first of `all` gives the seed words: name the rarest first.
    """

    all: tuple[Id, ...] = Field(min_length=1, description="every one of these groups must be heard")
    any: tuple[Id, ...] = Field((), description="and at least one of these, when given")
    none: tuple[Id, ...] = Field((), description="and none of these anywhere near (`near` words around)")
    absent_in_sentence: tuple[Id, ...] = Field((), description="and none of these anywhere in the sentence")
    not_preceded_by: tuple[Id, ...] = Field((), description="none of these just before the seed word (negation)")
    allows: tuple[Id, ...] | Literal["all"] = Field(
        (), description="groups of the wording's `unless` that do not forbid this concept; `all`: none of them does"
    )
    preceding_window: int = Field(2, ge=1, description="words before the seed word in which `not_preceded_by` counts")
    within: int = Field(9, ge=0, description="words between the first and the last")
    near: int = Field(3, ge=0, description="words before and after in which `none` counts")
    sentence_initial: int | None = Field(
        None, ge=0, description="it counts only at a sentence's beginning: after so many words at most, fillers apart"
    )
    in_order: bool = Field(False, description="the groups of `all` must follow each other as written")
    score: Percent = Field(100, description="similarity when every word is heard perfectly")


class Wording(Frozen):
    """How a target is worded, and how near a match must be.

    Once made, its concepts hold what `unless` and `defaults` say; making it again from its own data changes nothing.
    """

    phrases: tuple[str, ...] = Field((), description="phrase language: (a|b), [optional], {slot}, <group>")
    must: tuple[Id, ...] = Field((), description="groups of which every phrase match must hold one word each")
    must_not: tuple[Id, ...] = Field((), description="groups of which nothing may stand in or near a phrase match")
    unless: Unless = Field(Unless(), description="what keeps all concepts from counting, beside what each forbids")
    defaults: ConceptDefaults = Field(ConceptDefaults(), description="values of concepts that give none of their own")
    concepts: tuple[Concept, ...] = Field((), description="word groups that together carry the meaning, in any order")
    accept: Percent = Field(75, description="similarity from which it was said")
    doubt: Percent = Field(62, description="similarity from which it may have been said")
    trace: Percent | None = Field(
        None, description="similarity from which it counts when the customer answers it at once; None: as `doubt`"
    )
    reason: str = Field(min_length=10, description="why these thresholds")
    must_match: tuple[str, ...] = Field((), description="examples that must be recognised, better than by any other")
    must_not_match: tuple[str, ...] = Field((), description="examples that must not be recognised")

    @field_validator("concepts", mode="before")
    @classmethod
    def _add_common(cls, concepts: object, info: ValidationInfo) -> object:
        """Concepts with what `unless` and `defaults` give them; left alone where either is wrong."""
        unless, defaults = info.data.get("unless"), info.data.get("defaults")
        if not unless or not defaults or not isinstance(concepts, list | tuple):
            return concepts
        common = defaults.model_dump(exclude_none=True)
        return [_resolved(item, unless, common) if isinstance(item, dict) else item for item in concepts]

    @model_validator(mode="after")
    def _sound(self) -> "Wording":
        if not self.phrases and not self.concepts:
            raise ValueError("give phrases or concepts")
        if not self.concepts and (self.unless != Unless() or self.defaults != ConceptDefaults()):
            raise ValueError("`unless` and `defaults` are for concepts, and there are none; phrases have `must_not`")
        if self.phrases and not self.must:
            raise ValueError("phrases need `must`: at least one word group that no match may lack")
        known = {*self.unless.none, *self.unless.absent_in_sentence, *self.unless.not_preceded_by}
        allowed = {group for concept in self.concepts if concept.allows != "all" for group in concept.allows}
        if allowed - known:
            raise ValueError(f"`allows` names {', '.join(sorted(allowed - known))}, which `unless` does not forbid")
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


def _resolved(concept: dict[str, Any], unless: Unless, defaults: dict[str, Any]) -> dict[str, Any]:
    """A concept's keys with the wording's defaults, and with the groups of its `unless` that it does not allow."""
    allows = concept.get("allows", ())
    allowed = allows if isinstance(allows, list | tuple) else ()
    result = {**defaults, **concept}
    for key in Unless.model_fields:
        groups, own = getattr(unless, key), concept.get(key, ())
        if groups and isinstance(own, list | tuple):
            common = [group for group in groups if allows != "all" and group not in allowed]
            result[key] = [*common, *(group for group in own if group not in common)]
    return result
