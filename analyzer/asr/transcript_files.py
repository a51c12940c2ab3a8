"""Transcript files as input: from another recogniser, or kept by this one. README.md describes the format."""

import json
from pathlib import Path

from pydantic import ValidationError

from analyzer.asr.segments import spread_words
from analyzer.errors import RecordingError
from analyzer.models.base import Span
from analyzer.models.transcript import Segment, Transcript

MAX_BYTES = 64 << 20  # an hour with word times is about 2 MB; far more is no transcript
MAX_SECONDS = 7 * 86_400  # no call lasts a week; later times are milliseconds, or no times at all


def load_transcript(path: Path, name: str | None = None) -> Transcript:
    """Read one transcript; words without times are placed inside their segment. `name` stands in messages.

    Raises RecordingError with the file, the place in it and how to fix it.
    """
    name = name or path.name
    return parse_transcript(read_transcript_bytes(path, name), name)


def parse_transcript(text: bytes, name: str) -> Transcript:
    """Parse the bytes of a transcript file; see `load_transcript`."""
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # a ValueError also for an integer of thousands of digits
        raise RecordingError(f"{name}: not valid JSON in UTF-8 ({error}). Export the transcript again.") from error
    try:
        transcript = Transcript.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "top level"
        raise RecordingError(
            f"{name}: not a transcript: {key}: {first['msg']}. The format is described in README.md."
        ) from error
    _check_times(transcript, name)
    segments = sorted((_with_words(segment) for segment in transcript.segments), key=lambda s: (s.start, s.end))
    return transcript.model_copy(update={"segments": tuple(segments)})


def _check_times(transcript: Transcript, name: str) -> None:
    """Raises RecordingError for a time that is no number of seconds in a call."""
    times = [("duration", transcript.duration)]
    for number, segment in enumerate(transcript.segments):
        times += [(f"segments.{number}", max(segment.start, segment.end))]
        times += [(f"segments.{number}.words", max(word.start, word.end)) for word in segment.words or ()]
    for key, seconds in times:
        if not seconds <= MAX_SECONDS:  # false for NaN, too
            raise RecordingError(
                f"{name}: not a transcript: {key}: Input should be at most {MAX_SECONDS} seconds. The format is "
                "described in README.md."
            )


def read_transcript_bytes(path: Path, name: str) -> bytes:
    """The bytes of a file that may be a transcript. Raises RecordingError when it is too large or cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RecordingError(f"{name}: larger than {MAX_BYTES >> 20} MiB, not a transcript")
        return path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{name}: cannot be read ({error.strerror})") from error


def is_transcript_file(path: Path) -> bool:
    """True when a `.json` file found in a folder looks like a transcript and not like a sidecar."""
    try:
        return is_transcript(path.read_bytes()[:MAX_BYTES])
    except OSError:
        return False


def is_transcript(data: bytes) -> bool:
    """True when the bytes of a `.json` file look like a transcript; see `is_transcript_file`."""
    return data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b'"segments"' in data


def _with_words(segment: Segment) -> Segment:
    if segment.words:
        return segment
    return segment.model_copy(update={"words": spread_words(segment.text, Span(start=segment.start, end=segment.end))})
