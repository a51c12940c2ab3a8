"""The repairs of the bank's document, made in a copy of the shipped bank just as it shows them."""

import re
import shutil
from pathlib import Path

import pytest

from analyzer.analysis.bank_check import candidates_in, check_bank
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Channel

README = Path(__file__).parents[2] / "phrase_bank" / "README.md"
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def repair(number: int) -> list[str]:
    """What the document adds to a file of the bank."""
    section = README.read_text("utf-8").partition("\n## Five repairs\n")[2].partition("\n## ")[0]
    text = section.partition(f"\n**{number}. ")[2].partition("\n**")[0]
    return BLOCK.findall(text)


def insert(file: Path, after: str, added: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(after) == 1
    file.write_text(text.replace(after, after + added), "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(shipped_bank(), tmp_path_factory.mktemp("repaired") / "bank"))
    for number, file in ((1, "everyday"), (2, "telephone"), (3, "email"), (5, "caller")):
        (block,) = repair(number)
        group, _, words = block.partition("\n")
        insert(folder / "words" / f"{file}.yaml", f"\n{group}\n", words)
    groups, unless = repair(4)
    exemptions = folder / "exemptions.yaml"
    text = exemptions.read_text("utf-8")
    exemptions.write_text(f"{groups}\n{text}", "utf-8")
    insert(exemptions, "      accept: 91\n", unless)
    return folder


@pytest.fixture(scope="module")
def repaired(folder: Path) -> PhraseBank:
    return load_bank(folder)


@pytest.fixture(scope="module")
def matchers(repaired: PhraseBank) -> tuple[Matcher, Matcher]:
    return Matcher(load_bank(shipped_bank())), Matcher(repaired)


CASES: list[tuple[Channel, str, str, bool]] = [
    ("customer", "Alamatnya Jalan Haji Agus Salim", "angry_words", False),
    ("customer", "Berape Mas?", "urgent_danger", False),
    ("customer", "Rumahnya di Ketintang", "urgent_signs", False),
    ("agent", "Mohon disiapkan KTP-nya ya Bu", "owner_tenant_question", False),
    ("customer", "Dapat", "callback_yes", True),
    ("customer", "Berkenan", "callback_yes", True),
    ("customer", "Saged", "callback_yes", True),
    ("agent", "Mohon dicek dulu emailnya", "email_request", False),
    ("agent", "Apakah Bapak sudah menerima email?", "email_request", False),
    ("agent", "Ada email dari PLN tidak?", "email_request", False),
    ("customer", "saya marah sama tetangga saya", "angry_words", False),
    ("customer", "suami saya juga bisa marah", "angry_words", False),
    ("customer", "nanti dia kecewa", "angry_words", False),
    ("customer", "Bukan atuh, saya mah cuma karyawan, bosnya lagi keluar", "role_other", True),
    ("customer", "saya cuma pegawai", "role_other", True),
]


@pytest.mark.parametrize(("speaker", "text", "target", "after"), CASES, ids=[case[1] for case in CASES])
def test_a_repair_changes_what_it_should(
    matchers: tuple[Matcher, Matcher], repaired: PhraseBank, speaker: Channel, text: str, target: str, after: bool
):
    least = repaired.targets()[target].doubt
    before_and_after = [
        any(c.target == target and c.similarity >= least for c in candidates_in(matcher, text, speaker))
        for matcher in matchers
    ]
    assert before_and_after == [not after, after]


def test_the_repaired_bank_still_passes_its_examples(repaired: PhraseBank, matchers: tuple[Matcher, Matcher]):
    assert [problem for problem in check_bank(repaired, matchers[1]) if problem.level == "error"] == []
