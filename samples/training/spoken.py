"""How written words are read aloud: espeak-ng spells or misreads loan words and abbreviations."""

import re
from typing import Final

LETTER_NAMES: Final[dict[str, str]] = {
    "A": "a", "B": "be", "C": "ce", "D": "de", "E": "e", "F": "ef", "G": "ge", "H": "ha", "I": "i",
    "J": "je", "K": "ka", "L": "el", "M": "em", "N": "en", "O": "o", "P": "pe", "Q": "ki", "R": "er",
    "S": "es", "T": "te", "U": "u", "V": "fe", "W": "we", "X": "eks", "Y": "ye", "Z": "zet",
}  # fmt: skip

_WORDS: Final[dict[str, str]] = {
    "pln": "pe el en", "hp": "ha pe", "rt": "er te", "rw": "er we", "ktp": "ka te pe", "kwh": "ka we ha",
    "mcb": "em ce be", "wa": "we a", "id": "i de", "spbu": "es pe be u", "sms": "es em es", "cs": "si es",
    "email": "imel", "gmail": "jimel", "yahoo": "yahu", "hotmail": "hotmel",
    "outlook": "autluk", "com": "kom", "at": "et", "dot": "dot", "handphone": "henfon", "online": "onlain",
    "whatsapp": "wotsap", "mobile": "mobail", "customer": "kastomer", "service": "servis",
    "facebook": "fesbuk", "website": "websait", "download": "donlod", "update": "apdet", "error": "eror",
    "voucher": "voucer", "mall": "mol", "ok": "oke", "slash": "sles", "underscore": "anderskor",
    "center": "senter", "call": "kol", "promo": "promo",
}  # fmt: skip

_WORD = re.compile(r"[A-Za-z]+")


def spoken(text: str) -> str:
    """The text as espeak-ng must be given it so that it says what `text` means."""

    def read(found: re.Match[str]) -> str:
        word = found.group(0)
        if len(word) == 1 and word.isupper():
            return LETTER_NAMES[word]
        lower = word.lower()
        # "emailnya", "PLNnya": the ending is Indonesian even where the word is not.
        stem = lower.removesuffix("nya")
        if lower not in _WORDS and stem in _WORDS:
            return _WORDS[stem] + "nya"
        return _WORDS.get(lower, lower)

    return _WORD.sub(read, text)
