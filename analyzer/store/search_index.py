"""The words of each call in small letters, in one piece, for searches."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select

from analyzer.models.run import KeptCall
from analyzer.store.review_tables import texts
from analyzer.store.runs import call_key
from analyzer.store.serialization import storable_text, decompress
from analyzer.store.tables import transcripts
from analyzer.store.upsert import upsert


def search_form(text: str) -> str:
    """Text as it is kept and looked for: small letters, one blank between words.

    >>> search_form("  Alamat\\nE-mail ")
    'alamat e-mail'
    """
    return storable_text(" ".join(text.lower().split()))


def put_texts(connection: Connection, known: Sequence[KeptCall]) -> None:
    """Keep the words of calls whose transcripts are in the store; nothing is done where they did not change."""
    keys = {call_key(call): call.key for call in known if call.key}
    wanted = select(transcripts.c.key, transcripts.c.body_sha256).where(transcripts.c.key.in_(set(keys.values())))
    sources = {row.key: row.body_sha256 for row in connection.execute(wanted)}
    have = select(texts.c.call, texts.c.source).where(texts.c.call.in_(keys))
    kept = {row.call: row.source for row in connection.execute(have)}
    new = {call: key for call, key in keys.items() if key in sources and kept.get(call) != sources[key]}
    bodies = select(transcripts.c.key, transcripts.c.body).where(transcripts.c.key.in_(set(new.values())))
    words = {row.key: _words(row.body) for row in connection.execute(bodies)}
    rows = [{"call": call, "source": sources[key], "text": words[key]} for call, key in new.items()]
    upsert(connection, texts, rows)


def _words(body: bytes) -> str:
    """All segments' text in order of time; of whatever kind the transcript is."""
    try:
        data = json.loads(decompress(body))
        segments = sorted(_segments(data), key=lambda segment: float(segment.get("start") or 0))
        return search_form(" ".join(str(segment.get("text") or "") for segment in segments))
    except (ValueError, TypeError, AttributeError):
        return ""  # damaged, or handed in with a fault that its report tells


def _segments(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from data.get("segments") or ()
    for channel in data.get("channels") or ():
        yield from channel.get("segments") or ()
