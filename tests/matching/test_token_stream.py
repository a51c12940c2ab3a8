"""Words are read one by one where neighbours do not matter: that must give what reading all as one text gives."""

from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.bank_check import single_utterance
from analyzer.language.normalise import normal_groups, split_text
from analyzer.matching.token_candidates import Lexicon
from analyzer.matching.token_stream import TokenStream
from analyzer.matching.word_segmentation import WordSegmenter
from tests.examples import examples
from tests.matching.support import BANK, MATCHER

_TEXT = """
e mail nya E-mail i ya hu ha pe hp-nya makasih ma kasih terima 123 pemilikatau disebu tkan gem bali - ... Pak? emailnia
tetang ga lah apa bila layan an saya,budi sembilanenam budi.santoso @gmail.com delapan Ahmad a 7
"""
PIECES = _TEXT.split()


def stream_of(text: str) -> TokenStream:
    words = [word for segment in single_utterance(text, "agent").segments for word in segment.words or ()]
    return MATCHER._stream(words, "agent", ())


def as_one_text(words: list[str]) -> list[tuple[str, int, int]]:
    """Normal words with their first and last word, from the whole text at once."""
    pieces = [(piece, index) for index, word in enumerate(words) for piece in split_text(word)]
    lexicon = Lexicon(set(MATCHER._vocabulary()), BANK.language, BANK.match)
    segmenter = WordSegmenter(lexicon, BANK.match.segmentation)
    tokens: list[tuple[str, int, int]] = []
    at = 0
    for used, normal in normal_groups([piece for piece, _ in pieces], BANK.language):
        for word in normal:
            first, last = pieces[at][1], pieces[at + used - 1][1]
            whole = segmenter.join(tokens[-1][0], word) if tokens and tokens[-1][2] + 1 == first else None
            if whole:
                tokens[-1] = (whole, tokens[-1][1], last)
            else:
                tokens.append((word, first, last))
        at += used
    return [(part, first, last) for word, first, last in tokens for part in segmenter.split(word)]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
@examples(150)
def test_neighbours_are_read_as_in_the_whole_text(words):
    stream = stream_of(" ".join(words))
    tokens = [token.text for token in stream.tokens]
    assert list(zip(tokens, stream.first_word, stream.last_word, strict=True)) == as_one_text(words)


def test_what_was_heard_before_changes_nothing():
    known, fresh = "Untuk alamat imel nya mohong desampaikan Pak", type(MATCHER)(BANK)
    assert fresh.find(single_utterance(known, "agent")) == MATCHER.find(single_utterance(known, "agent"))
    assert fresh.find(single_utterance(known, "agent")) == fresh.find(single_utterance(known, "agent"))


def test_words_short_parts_of_which_sound_like_others_stay_whole():
    for word in ("kering", "monyet", "kelabu", "keponakan", "ditanggapi", "kesih"):
        assert [token.text for token in stream_of(word).tokens] == [word]


def test_words_run_together_are_cut_and_torn_ones_joined():
    assert [token.text for token in stream_of("pemilikatau deleponini mekazih").tokens] == [
        *("pemilik", "atau", "telepon", "ini", "terima", "kasih")
    ]
    assert [token.text for token in stream_of("disebu tkan").tokens] == ["disebutkan"]


def test_a_long_word_written_otherwise_is_hardly_the_banks_though_it_sounds_the_same():
    (ship,) = stream_of("kapal").tokens  # "kabar" is news: on the telephone b is p, and r is l
    assert ship.elements["kabar"] < 0.9
    (misheard,) = stream_of("hupungi").tokens
    assert misheard.elements["hubungi"] == 0.97
    assert not [
        c for c in MATCHER.find(single_utterance("pisang kapal menari", "agent")).candidates if c.similarity >= 72
    ]
