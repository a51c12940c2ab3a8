"""Which calls the results of a watched folder consist of, while recordings come, change, pair up and go."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from analyzer.models.recording import Recording
from analyzer.models.run import KeptCall
from analyzer.sources.file_stability import StabilityResult


def calls_to_report(found: StabilityResult, scored: Mapping[str, KeptCall], known: Sequence[KeptCall]) -> tuple[KeptCall, ...]:
    """The calls of the results, by name.

    `found`: what is there now; `scored`: calls by recording name; `known`: those of the results as they are. A call
    stays when its recording goes (recorders clear up after some days) and while it waits for being scored anew. It
    goes when its recording became part of another call, came back under another name, or lies where nobody watches.
    """
    ready = {one.name: one for one in found.ready if one.name in scored}
    current = [_with(scored[name], recording) for name, recording in ready.items()]
    files = {path for one in ready.values() for path in _files(one)}
    contents = {call.audio_sha256 for call in current}
    there = {one.name for one in (*found.ready, *found.later)}

    def stays(call: KeptCall) -> bool:
        recording = call.recording
        if call.key is None or recording.name in ready or not files.isdisjoint(_files(recording)):
            return False
        return recording.name in there or not (recording.path.exists() or call.audio_sha256 in contents)

    before = {call.recording.name: call for call in (*known, *scored.values())}
    earlier = [call for call in before.values() if stays(call)]
    ids = {recording.call_id for recording in ready.values()}
    return tuple(sorted((*current, *(_apart(call, ids) for call in earlier)), key=lambda call: call.recording.name))


def _with(call: KeptCall, recording: Recording) -> KeptCall:
    """The call as the manifest describes it now."""
    return call if call.recording == recording else call.model_copy(update={"recording": recording})


def _apart(call: KeptCall, taken: set[str]) -> KeptCall:
    """Under another id, when a recording that is there has it: it may have the stem of one that is gone."""
    recording = call.recording
    if recording.call_id not in taken:
        return call
    return call.model_copy(update={"recording": recording.model_copy(update={"call_id": recording.name})})


def _files(recording: Recording) -> Iterable[Path]:
    return [recording.path, *([recording.customer_leg] if recording.customer_leg else [])]
