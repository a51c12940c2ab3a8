"""Numbers of a bank that decide: costs of matching, what audio proves, how sure a finding is; each with its reason."""

from pydantic import Field

from analyzer.models.base import Frozen, Probability
from analyzer.models.wording import Id, Percent


class LikenessSettings(Frozen):
    """How like a word of the bank a recognised word must be. Ratios are of rapidfuzz, 0 to 100."""

    same_sound: Probability = Field(
        0.97, description="similarity of a word that sounds the same: slightly below 1, the very word is preferred"
    )
    exact_up_to: int = Field(
        3, ge=0, description="letters of a sound of which none may be wrong: with another letter it is another word"
    )
    sound_weight: float = Field(
        3, ge=0, description='how many times sound counts against spelling: "kemi" is "kami" rather than "gmail"'
    )
    spelling_slack: float = Field(4, ge=0, description="points below `word_cutoff` that a differing spelling may cost")
    most_words: int = Field(6, ge=1, description="words of the bank that a recognised one may be at most")
    long_letters: int = Field(
        5, ge=1, description="letters from which `other_spelling` holds: short words are hardly ever spelled right"
    )
    other_spelling: Percent = Field(
        75, description='ratio below which a long word of the same sound is less likely: "kapal" is no "kabar" (60)'
    )
    in_entry: Probability = Field(
        0.7, description="similarity below which a word is no part of an entry of several words"
    )
    same_word: Probability = Field(
        0.8, description="similarity from which a word is read as the bank's, for instance as a digit"
    )


class SegmentationSettings(Frozen):
    """When two recognised words are one ("disebu tkan"), or one is two ("pemilikatau")."""

    join: Probability = Field(0.86, description="similarity from which two pieces are one word")
    whole: Probability = Field(0.82, description="similarity from which a word is the bank's, not two run together")
    other_half: Probability = Field(0.78, description="similarity of the other half when one half is surely a word")
    alias: Probability = Field(
        0.77, description='similarity of one word for two: "mekazih" (0.78) is "makasih", "maaks" (0.76) is not'
    )
    ending: Percent = Field(75, description="ratio from which the rest of a word may be a known ending")
    sure_letters: int = Field(
        4, ge=1, description="letters of a half that is surely a word; shorter ones are in any word by chance"
    )
    same_sound_letters: int = Field(
        5, ge=1, description='the same for a half that only sounds like a word: "kering" is no "ke lain"'
    )
    split_letters: int = Field(6, ge=2, description="letters of a word from which it may be two run together")
    same_sound: Probability = Field(0.9, description="how much a half counts that only sounds like a word")


class MatchSettings(Frozen):
    """Costs of the alignment and how a stream is cut into turns; each with its reason in the bank."""

    word_cutoff: Percent = Field(description="ratio of folded words from which two words may be the same")
    heard: Probability = Field(0.75, description="similarity from which a word proves its group (`all`, `any`, `must`)")
    forbids: Probability = Field(
        0.85, description="similarity from which a word forbids a match: it must be heard well to overrule one"
    )
    must_window: int = Field(2, ge=0, description="words around a phrase in which a word of `must` counts")
    must_not_window: int = Field(3, ge=0, description="words around a phrase in which a word of `must_not` counts")
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
    likeness: LikenessSettings = Field(LikenessSettings(), description="how like the bank's a recognised word must be")
    segmentation: SegmentationSettings = Field(
        SegmentationSettings(), description="when words were run together or split by the recogniser"
    )
    fillers: Id = Field(description="group of fillers")
    light: Id = Field(description="group of function words")
    plain: Id | None = Field(None, description="group of everyday words: heard as such, they are no misheard others")
    reason: str = Field(min_length=10, description="why these numbers")


class AssignmentSettings(Frozen):
    """Which of several occurrences serves which step."""

    shared: Probability = Field(
        0.5, description="share of its words that another step's utterance must hold to be the same utterance"
    )
    clearer: Percent = Field(
        5, description="points of similarity by which one of two steps must be nearer to the same words; less is chance"
    )
    doubtful_worth: Probability = Field(0.5, description="worth of an occurrence that may not have been said")


class Hallucination(Frozen):
    """Words that mark a hallucination over silence, a known fault of Whisper (https://arxiv.org/abs/2501.11378)."""

    group: Id = Field(description="group of such words")
    words: int = Field(4, description="looked for in this many words after a match of a `short` step")
    least_overlap: float = Field(ge=0, le=1, description="share of a match that must lie in detected speech")
    reason: str = Field(description="why these numbers")


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
    loop_pause: float = Field(0.3, ge=0, description="seconds between utterances of a loop; people pause longer")
    word_margin: float = Field(
        0.5, ge=0, description="seconds around a word that it explains: word times are that rough"
    )
    least_unheard: float = Field(
        1.5, ge=0, description="seconds of speech without words from which it may hold a sentence of the SOP"
    )
    least_hole: float = Field(0.5, ge=0, description="seconds of lost audio; a shorter hole hides no utterance")


class SecondPassSettings(Frozen):
    """When the second pass decodes undecided steps again, and what it proves."""

    most_seconds: float = Field(gt=0, description="of one step's expected place, nearest to what follows it")
    least_similarity: Percent = Field(description="to a phrase, from which the second pass alone may call it met")
    least_overlap: Probability = Field(description="share in detected speech from which words count as spoken")
    least_logprob: float = Field(description="of the second pass, from which it alone may call a step met")
    least_probability: Probability = Field(description="mean word probability, likewise")
    reason: str = Field(min_length=10, description="why these numbers")


class ConfidenceWeights(Frozen):
    """Log odds that a status is right: `base` + the others times what the finding rests on."""

    base: float = Field(description="where it starts")
    fit: float = Field(0.0, description="times `Grounds.fit`, 0 to 1")
    hearing: float = Field(0.0, description="times mean word probability above `typical_hearing`, in tenths")
    speaker: float = Field(0.0, description="times doubt about the speaker (1 - `Grounds.speaker`); negative")


class ConfidenceModel(Frozen):
    """How `confidence` is made; from `analyzer calibrate --confidence` on labelled calls."""

    typical_hearing: Probability = Field(0.87, description="taken when no word has a probability")
    said: ConfidenceWeights = Field(
        ConfidenceWeights(base=2.2, fit=1.5, hearing=0.5, speaker=-3), description="of steps that were heard"
    )
    answered: ConfidenceWeights = Field(
        ConfidenceWeights(base=1.5, hearing=0.5, speaker=-3), description="of steps known by the customer's answer"
    )
    missed: ConfidenceWeights = Field(
        ConfidenceWeights(base=1.8, fit=-1, hearing=1.0, speaker=-3), description="of steps that were not heard"
    )
    not_due: ConfidenceWeights = Field(
        ConfidenceWeights(base=2.5, hearing=0.5, speaker=-3), description="of steps that are not due"
    )
    highest: Probability = Field(0.995, description="no finding is surer: there are never enough labels for it")
    lowest: Probability = Field(0.02, description="no finding is less sure")
    reason: str = Field("not calibrated: guesses that fit telephone speech", description="where the weights come from")
