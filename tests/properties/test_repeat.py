"""The same call gives the same report, byte for byte: scored again, by another scorer, after others, elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.transcript import Transcript
from analyzer.pipeline.score import Scorer
from tests.examples import examples
from tests.matching.support import BANK
from tests.properties import sop, talk
from tests.properties.calls import Line, scored, transcript_of

ROOT = Path(__file__).parents[2]
SCORE_ONE = """
import sys
from pathlib import Path
from analyzer.models.recording import Recording
from analyzer.bank.load import load_bank
from analyzer.pipeline.score import Scorer
path = Path(sys.argv[1])
scorer = Scorer(load_bank(Path("phrase_bank/pln123")))
print(scorer.score_transcript(Recording(call_id="call", path=path, name=path.name)).model_dump_json(by_alias=True))
"""

any_call = st.one_of(
    sop.mixed_calls().map(lambda call: transcript_of(sop.said(call))),
    talk.everyday(6, 30).map(transcript_of),
    st.lists(st.builds(Line, st.just("a"), talk.letters), min_size=1, max_size=4).map(transcript_of),
)


def report(transcript: Transcript, scorer: Scorer) -> str:
    return scored(transcript, scorer).model_dump_json(by_alias=True)


@given(any_call, st.lists(any_call, max_size=4))
@examples(40)
def test_nothing_that_was_scored_before_leaves_a_trace(transcript, others):
    first = report(transcript, Scorer(BANK))
    used = Scorer(BANK)
    for other in others:
        report(other, used)
    assert report(transcript, used) == first
    assert report(transcript, used) == first
    assert report(transcript, Scorer(BANK)) == first


def test_another_process_with_another_hash_seed_reports_the_same(tmp_path):
    told = [
        Line(who, text)
        for who, text in (
            ("a", "Selamat siang, terima kasih telah menghubungi PLN 123, dengan Tono, ada yang bisa saya bantu?"),
            ("c", "Listrik di rumah saya mati dari tadi pagi Mas."),
            ("a", "Apaka Ibu sebagai pemilikatau penyewa? Untuk alamat imelnya mohon disampaikan."),
            ("c", "Saya mengontrak, emailnya sari titik dewi at gmail titik com, nomor nol delapan satu dua tiga."),
            ("a", "Makasi ya Bu, nomor telefonnya bisa kami hupungi lagi? Nanti ada informasi layanan lewat email."),
            ("c", "Iya."),
            ("a", "Terima kasih."),
        )
    ]
    transcript = transcript_of(told)
    path = tmp_path / "call.json"
    path.write_text(transcript.model_dump_json(), "utf-8")
    here = report(transcript, Scorer(BANK))
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        there = subprocess.run(
            [sys.executable, "-c", SCORE_ONE, str(path)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env=environment,
        ).stdout
        assert there.strip() == here
