"""How people want the files of a results folder."""

from typing import Literal

from pydantic import Field

from analyzer.models.base import Frozen

Lang = str
"""code of a language that has a catalogue in `analyzer.locale`, e.g. `id`"""
Pages = Literal["all", "flagged", "none"]


class OutputOptions(Frozen):
    """Language of what people read, and which calls get a page of their own."""

    lang: Lang = Field("id", description="pages start in it and can switch; sheets are in it")
    pages: Pages = Field("all", description="flagged: calls that failed, are undecided, or hold a violation")
