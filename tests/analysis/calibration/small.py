"""A small SOP in English and calls for it, so that these tests hang on no wording of the shipped bank."""

import json
from collections.abc import Mapping
from pathlib import Path

from analyzer.models.base import Channel
from analyzer.models.transcript import Segment, Transcript, Word

BANK = """\
# the shop's SOP
id: shop
version: "1"
title: Shop
language: en
languages: [en]
pass_mark: 50
out_of_order_credit: 0.5
include: [steps.yaml]
match:
  reason: as in the shipped bank, see there
  word_cutoff: 72
  filler_cost: 0.02
  light_cost: 0.1
  extra_cost: 0.25
  light_weight: 0.4
  break_cost: 3
  pause_seconds: 0.6
  turn_seconds: 2.5
  fillers: filler
  light: light
roles: {}
groups:
  filler: [uh, um, please, madam, sir]
  light: [the, a, is, of, to, your, for, we, are, in]
  postcode: [postcode, postal code, zip code]
  mailed: [mailed, posted]
  hours: [open, opening]
  bye: [goodbye]
"""
STEPS = """\
# wordings agreed with the shop on Monday
steps:
  - id: postcode_request
    clause: "1"
    label: {id: Kode pos, en: Asked for the postcode}
    wording:
      reason: set by hand and never tried
      doubt: 40   # below it nothing is meant
      accept: 90  # far too high
      must: [postcode]
      must_not: [mailed]
      phrases:
        - "kindly tell me your postcode for delivery"
      must_match:
        - kindly tell me your postcode for delivery
      must_not_match:
        - your postcode was mailed to us

  - id: hours_notice
    clause: "2"
    label: {id: Jam buka, en: Told the opening hours}
    wording:
      doubt: 50
      reason: nothing known yet, so the default bar
      must: [hours]
      phrases: ["we are open until nine in the evening"]
      must_match: [we are open until nine in the evening]
      must_not_match: [open the parcel]

  - id: goodbye
    clause: "3"
    label: {id: Salam, en: Said goodbye}
    wording:
      accept: 80
      reason: one word, so nearly exact
      concepts: [{all: [bye], within: 1}]
      must_match: [goodbye madam]
      must_not_match: [good morning]
"""


def small_bank(folder: Path) -> Path:
    """The bank's folder."""
    bank = folder / "shop"
    bank.mkdir(exist_ok=True)
    (bank / "bank.yaml").write_text(BANK, "utf-8")
    (bank / "steps.yaml").write_text(STEPS, "utf-8")
    return bank


def spoken(*lines: str) -> Transcript:
    """One segment a line ("a: ..." agent, "c: ..." customer), 0.3 s a word, 1 s between lines."""
    speakers: dict[str, Channel] = {"a": "agent", "c": "customer"}
    at = 0.5
    segments = []
    for line in lines:
        who, text = line.split(": ", 1)
        parts = text.split()
        words = tuple(
            Word(start=round(at + 0.3 * i, 2), end=round(at + 0.3 * i + 0.25, 2), text=word)
            for i, word in enumerate(parts)
        )
        end = at + 0.3 * len(parts)
        segments.append(Segment(start=at, end=end, speaker=speakers[who], text=text, words=words))
        at = end + 1.0
    return Transcript(duration=at, language="en", segments=tuple(segments))


def save_call(folder: Path, call_id: str, transcript: Transcript) -> None:
    """A transcript file in the contract's format."""
    folder.mkdir(parents=True, exist_ok=True)
    data = transcript.model_copy(update={"call_id": call_id}).model_dump(mode="json", exclude_none=True)
    (folder / f"{call_id}.json").write_text(json.dumps(data), "utf-8")


def save_labels(path: Path, labels: Mapping[str, Mapping[str, str]]) -> Path:
    """Labels as JSONL."""
    lines = (json.dumps({"call_id": call_id, "steps": dict(steps)}) for call_id, steps in labels.items())
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
