"""Numbers of a bank that decide: costs of matching, what audio proves, how sure a finding is; each with its reason."""

from pydantic import Field

from analyzer.models.base import Frozen, Probability
from analyzer.models.wording import Id, Percent


class MatchSettings(Frozen):
    """Costs of the alignment and how a stream is cut into turns; each with its reason in the bank."""

    word_cutoff: Percent = Field(description="ratio of folded words from which two words may be the same")
    filler_cost: float = Field(ge=0, description="an extra filler inside a phrase, in words")
    light_cost: float = Field(ge=0, description="an extra function word")
    extra_cost: float = Field(ge=0, description="any other extra word")
    light_weight: float = Field(gt=0, le=1, description="weight of a function word of a phrase, content words are 1")
    break_cost: Percent = Field(description="points lost when a match runs over a pause or a sentence's end")
    mishearing: float = Field(
        1.0, ge=1, description="how many times over badly heard words of a concept count against it"
    )
    pause_seconds: float = Field(gt=0, description="a gap between words that is a pause")
    turn_seconds: float = Field(gt=0, description="a gap between words that ends a turn")
    fillers: Id
    light: Id
    plain: Id | None = Field(None, description="group of everyday words: heard as such, they are no misheard others")
    reason: str = Field(min_length=10)


class Hallucination(Frozen):
    """Words that mark a hallucination over silence, a known fault of Whisper (https://arxiv.org/abs/2501.11378)."""

    group: Id
    words: int = Field(4, description="looked for in this many words after a match of a `short` step")
    least_overlap: float = Field(ge=0, le=1, description="share of a match that must lie in detected speech")
    reason: str


class RecognitionLimits(Frozen):
    """When a span of text is no proof of what was said there: the recogniser's own figures of its window.

    The first three thresholds are Whisper's own (https://github.com/SYSTRAN/faster-whisper, `transcribe`).
    """

    worst_logprob: float = Field(-1.0, description="mean log probability below which a window failed")
    worst_compression: float = Field(2.4, description="compression ratio above which the text repeats itself")
    most_no_speech: Probability = Field(0.6, description="above it the window may hold no speech at all")
    guessed: Probability = Field(0.5, description="mean word probability below which the recogniser was guessing")
    least_overlap: Probability = Field(0.25, description="share of words in detected speech below which none spoke")
    most_repeats: int = Field(
        3,
        ge=1,
        description="a short step more often in one turn is a loop (https://github.com/screenpipe/screenpipe/issues/4070)",
    )


class SecondPassSettings(Frozen):
    """When the second pass decodes undecided steps again, and what it proves."""

    most_seconds: float = Field(gt=0, description="of one step's expected place, nearest to what follows it")
    least_similarity: Percent = Field(description="to a phrase, from which the second pass alone may call it met")
    least_overlap: Probability = Field(description="share in detected speech from which words count as spoken")
    least_logprob: float = Field(description="of the second pass, from which it alone may call a step met")
    least_probability: Probability = Field(description="mean word probability, likewise")
    reason: str = Field(min_length=10)


class ConfidenceWeights(Frozen):
    """Log odds that a status is right: `base` + the others times what the finding rests on."""

    base: float
    fit: float = Field(0.0, description="times `Grounds.fit`, 0 to 1")
    hearing: float = Field(0.0, description="times mean word probability above `typical_hearing`, in tenths")
    speaker: float = Field(0.0, description="times doubt about the speaker (1 - `Grounds.speaker`); negative")


class ConfidenceModel(Frozen):
    """How `confidence` is made; from `analyzer calibrate --confidence` on labelled calls."""

    typical_hearing: Probability = Field(0.87, description="taken when no word has a probability")
    said: ConfidenceWeights = ConfidenceWeights(base=2.2, fit=1.5, hearing=0.5, speaker=-3)
    answered: ConfidenceWeights = ConfidenceWeights(base=1.5, hearing=0.5, speaker=-3)
    missed: ConfidenceWeights = ConfidenceWeights(base=1.8, fit=-1, hearing=1.0, speaker=-3)
    not_due: ConfidenceWeights = ConfidenceWeights(base=2.5, hearing=0.5, speaker=-3)
    reason: str = "not calibrated: guesses that fit telephone speech"
