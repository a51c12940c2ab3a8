import json
from pathlib import Path

import pytest

from analyzer.asr.transcript_files import load_transcript
from analyzer.errors import RecordingError


def write(folder: Path, data: object) -> Path:
    path = folder / "call.json"
    path.write_text(json.dumps(data))
    return path


def test_words_speakers_and_probabilities_may_be_absent(tmp_path: Path):
    data = {"duration": 4.0, "segments": [{"start": 1.0, "end": 3.0, "text": "selamat pagi"}]}
    (segment,) = load_transcript(write(tmp_path, data)).segments
    assert segment.speaker == "unknown"
    assert [(w.start, w.end, w.text, w.probability) for w in segment.words or ()] == [
        (1.0, 2.23, "selamat", None),
        (2.23, 3.0, "pagi", None),
    ]


def test_segments_come_out_in_time_order_and_unknown_keys_are_ignored(tmp_path: Path):
    segments = [
        {"start": 5.0, "end": 6.0, "speaker": "customer", "text": "ya", "mood": "fine"},
        {"start": 1.0, "end": 2.0, "speaker": "agent", "text": "halo"},
    ]
    transcript = load_transcript(write(tmp_path, {"duration": 6.0, "segments": segments, "vendor": "x"}))
    assert [segment.text for segment in transcript.segments] == ["halo", "ya"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"segments": []}, "duration"),
        ({"duration": 1.0, "segments": [{"start": -1, "end": 0, "text": "x"}]}, r"segments\.0\.start"),
        ({"duration": 1, "segments": [{"start": 0, "end": 1, "text": "x", "speaker": "x"}]}, r"segments\.0\.speaker"),
        ([], "not a transcript"),
    ],
)
def test_a_wrong_shape_is_told_by_its_place(tmp_path: Path, data: object, message: str):
    with pytest.raises(RecordingError, match=message):
        load_transcript(write(tmp_path, data))


def test_broken_json_names_the_file(tmp_path: Path):
    path = tmp_path / "half.json"
    path.write_text('{"duration": 1.0, "segm')
    with pytest.raises(RecordingError, match=r"half\.json: not valid JSON"):
        load_transcript(path)


def _segment(**values: object) -> dict[str, object]:
    return {"start": 0.0, "end": 1.0, "text": "halo", **values}


WORD_AT_NAN = {"start": 0.0, "end": float("nan"), "text": "halo"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"duration": float("inf"), "segments": []}, r"duration"),
        ({"duration": float("nan"), "segments": []}, r"duration"),
        ({"duration": 9.0, "segments": [_segment(end=1e300)]}, r"segments\.0"),
        ({"duration": 9.0, "segments": [_segment(end=float("inf"))]}, r"segments\.0"),
        ({"duration": 9.0, "segments": [_segment(words=[WORD_AT_NAN])]}, r"segments\.0\.words"),
        ({"duration": 8 * 86_400, "segments": []}, r"duration: .*at most 604800 seconds"),
    ],
)
def test_a_time_that_no_call_has_is_refused(tmp_path: Path, data: object, message: str):
    with pytest.raises(RecordingError, match=rf"call\.json: not a transcript: {message}"):
        load_transcript(write(tmp_path, data))


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, '{"duration": ' + "9" * 5000 + ', "segments": []}'])
def test_json_beyond_what_can_be_parsed_names_the_file(tmp_path: Path, text: str):
    path = tmp_path / "deep.json"
    path.write_text(text)
    with pytest.raises(RecordingError, match=r"deep\.json: not valid JSON"):
        load_transcript(path)
