"""Language data: complete, without doubles, quickly read."""

import time

import pytest
import yaml

from analyzer.errors import UsageError
from analyzer.language import registry
from analyzer.language.registry import language, language_codes


def doubles(node: yaml.Node | None) -> list[str]:
    """Keys, and entries of lists, that stand twice in the same place."""
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        return _twice(names) + [name for _, value in node.value for name in doubles(value)]
    return _twice([item.value for item in node.value]) if isinstance(node, yaml.SequenceNode) else []


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


@pytest.mark.parametrize("code", language_codes())
def test_nothing_stands_twice(code: str):
    text = (registry._FOLDER / f"{code}.yaml").read_text("utf-8")
    assert doubles(yaml.compose(text, Loader=yaml.BaseLoader)) == []


@pytest.mark.parametrize("code", language_codes())
def test_values_have_the_form_that_reading_needs(code: str):
    words = language(code)
    assert set(words.numbers.digits.values()) <= set("0123456789")
    assert all(number.isdigit() for number in words.numbers.whole.values())
    assert all(len(letter) == 1 and letter.isalpha() for letter in words.dictation.letters.values())
    assert set(words.email.signs.values()) <= set("@._-+")
    endings = {part for ends in words.email.provider_endings.values() for end in ends for part in end.split(".")}
    assert endings <= set(words.email.endings)


def test_a_language_without_data_is_named_with_those_that_have_it():
    with pytest.raises(UsageError, match=r"No language data for 'es'; known: en, id\."):
        language("es")


def test_a_language_is_read_in_a_blink_and_once():
    language.cache_clear()
    began = time.process_time()
    read = language("id")
    assert time.process_time() - began < 0.2  # 8 ms here
    assert language("id") is read
