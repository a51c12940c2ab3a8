"""`analyzer score`: parse here, work in `run_score`, which a web app or a test can call as well."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from analyzer.bank.shipped import shipped_bank
from analyzer.cli.exit_status import Exit
from analyzer.cli.output_options import LangOption, PagesOption
from analyzer.errors import UsageError
from analyzer.models.base import Device
from analyzer.models.output_options import OutputOptions
from analyzer.models.recording import ChannelSide
from analyzer.models.report import Report
from analyzer.store.results_store import write_store_note

if TYPE_CHECKING:  # heavy, and only needed once the arguments are known to be right
    from analyzer.models.recording import Recording
    from analyzer.sources.discover import RowSource

_NAMES_SHOWN = 5


@dataclass(frozen=True)
class ScoreRequest:
    """What one `analyzer score` is asked to do."""

    paths: tuple[Path | str, ...]  # a str is a URL
    out: Path
    model: str | None = None
    bank: Path | None = None
    manifest: Path | None = None
    name_pattern: str | None = None
    agent_channel: ChannelSide | None = None
    device: Device = "auto"
    workers: int | None = None
    as_json: bool = False
    fail_under: float | None = None
    retry_failed: bool = False
    force: bool = False
    beam_size: int = 5
    max_minutes: float = 240.0
    second_look: bool = True
    second_model: str | None = None
    store: str | None = None
    memory_limit: float | None = None
    customer_audio: Literal["full", "replies", "none"] = "full"
    look: OutputOptions = field(default_factory=OutputOptions)
    executor: Literal["local", "ray"] = "local"
    ray_address: str | None = None


def score_command(  # noqa: PLR0913, PLR0917 - one parameter an option is typer's way
    paths: Annotated[
        list[str],
        typer.Argument(help="Recordings, transcripts (.json), or folders of them; also URLs such as s3://BUCKET/FOLDER."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for results; transcripts are kept there and reused.")],
    model: Annotated[
        str | None, typer.Option(help="Whisper model: a folder or a name. [default: large-v3-turbo, small on CPU]")
    ] = None,
    bank: Annotated[Path | None, typer.Option(help="Phrase bank. [default: the shipped PLN 123 bank]")] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="CSV about the calls. [default: manifest.csv in a folder given]")
    ] = None,
    name_pattern: Annotated[
        str | None, typer.Option(help="Regular expression with named groups, for metadata in file names.")
    ] = None,
    agent_channel: Annotated[
        Literal["left", "right", "auto"] | None,
        typer.Option(help="The agent's side; counts before the manifest. [default: auto]"),
    ] = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the model runs.")] = "auto",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. [default: as `analyzer bench` chose]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results to stdout, one JSON a line.")] = False,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=100, help="Exit 4 when the mean score is below this.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try recordings again that failed in an earlier run.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Transcribe everything again.")] = False,
    beam_size: Annotated[int, typer.Option(min=1, max=20, help="Readings kept while decoding.")] = 5,
    max_minutes: Annotated[float, typer.Option(min=0.1, help="Longer recordings are refused.")] = 240.0,
    second_look: Annotated[
        bool, typer.Option("--second-look/--no-second-look", help="Decode again where a step is missed or unsure.")
    ] = True,
    second_model: Annotated[
        str | None, typer.Option(help="Model of the second look: a folder or a name. [default: that of --model]")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            envvar="ANALYZER_STORE",
            help="Where transcripts and reports are kept: postgresql+psycopg://USER@HOST/NAME, or a .db file. "
            "[default: analyzer.db in --out]",
        ),
    ] = None,
    memory_limit: Annotated[
        float | None, typer.Option(min=0.1, help="GiB a worker may take before it is replaced. [default: none]")
    ] = None,
    customer_audio: Annotated[
        Literal["full", "replies", "none"],
        typer.Option(help="How much of the customer's side is transcribed: all, around questions and alarms, nothing."),
    ] = "full",
    lang: LangOption = "id",
    pages: PagesOption = "all",
    executor: Annotated[
        Literal["local", "ray"], typer.Option(help="Where workers run: on this machine, or on a Ray cluster.")
    ] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(
            envvar="RAY_ADDRESS", help="HOST:PORT of the cluster's head. [default: the cluster of this machine]"
        ),
    ] = None,
) -> None:
    """Transcribe recordings, find the SOP's steps, and write a scored report of every call."""
    request = ScoreRequest(
        paths=tuple(map(_given, paths)),
        out=out,
        model=model,
        bank=bank,
        manifest=manifest,
        name_pattern=name_pattern,
        agent_channel=agent_channel,
        device=device,
        workers=workers,
        as_json=as_json,
        fail_under=fail_under,
        retry_failed=retry_failed,
        force=force,
        beam_size=beam_size,
        max_minutes=max_minutes,
        second_look=second_look,
        second_model=second_model,
        store=store,
        memory_limit=memory_limit,
        customer_audio=customer_audio,
        look=OutputOptions(lang=lang, pages=pages),
        executor=executor,
        ray_address=ray_address,
    )
    try:
        status = run_score(request)
    except KeyboardInterrupt:  # typer would end without a word
        typer.echo("Interrupted. The same command goes on where it stopped.", err=True)
        status = Exit.INTERRUPTED
    raise typer.Exit(status)


def run_score(request: ScoreRequest) -> Exit:
    """Do it; returns the exit status. Raises AnalyzerError for what the user must mend first."""
    from analyzer.bank.load import load_bank
    from analyzer.cli.outputs import write_outputs
    from analyzer.jobs.scoring_run import ScoringRun
    from analyzer.pipeline.score import Scorer
    from analyzer.sources.discover import find_recordings
    from analyzer.sources.file_stability import StabilitySettings, check_stability

    console = Console(stderr=True)
    scorer = Scorer(load_bank(request.bank or shipped_bank()))
    rows = rows_for(request)
    intake = find_recordings(request.paths, rows=rows, exclude=request.out)
    for note in intake.notes:
        console.print(note, style="yellow", highlight=False, markup=False)
    found = check_stability(intake.recordings, StabilitySettings(), rows=rows)
    if not found.ready:
        raise UsageError(f"Still being written: {_names(found.later)}. Give the same command again when that is over.")
    with ScoringRun(request, scorer, console) as run:
        scored = run.scored(found.ready)
        run.keep(scored)
        if request.store:
            write_store_note(request.out, run.store_shown)
    write_outputs(scored, scorer.bank, request.out, request.look, console)
    if later := (*found.later, *scored.later):
        told = f"Still being written, left for later: {_names(later)}. Give the same command again."
        console.print(told, style="yellow", highlight=False, markup=False)
    if request.as_json:
        from analyzer.reports.jsonl import to_jsonl

        sys.stdout.buffer.write(to_jsonl(scored.reports))
        sys.stdout.buffer.flush()
    return _status(scored.reports, request.fail_under)


def _given(text: str) -> Path | str:
    from analyzer.sources.remote.storage import is_url, local_path

    return (local_path(text) or text) if is_url(text) else Path(text)


def rows_for(request: ScoreRequest) -> "RowSource | None":
    """What is known about calls besides their sound. Raises UsageError naming file and cure."""
    from analyzer.sources.manifest import NamePattern, manifest_in, read_manifest

    if request.manifest is not None:
        return read_manifest(request.manifest)
    beside = [found for path in request.paths if (found := manifest_in(path)) is not None]
    if len(beside) > 1:
        names = ", ".join(str(manifest.path) for manifest in beside)
        raise UsageError(f"Several manifests: {names}. Name one with --manifest.")
    if beside:
        return beside[0]
    return NamePattern(request.name_pattern) if request.name_pattern else None


def _names(recordings: Sequence["Recording"]) -> str:
    names = ", ".join(recording.name for recording in recordings[:_NAMES_SHOWN])
    more = len(recordings) - _NAMES_SHOWN
    return f"{names} and {more} more" if more > 0 else names


def _status(reports: Sequence[Report], fail_under: float | None) -> Exit:
    if any(report.error for report in reports):
        return Exit.SOME_FAILED
    scores = [report.score for report in reports if report.score is not None]
    if fail_under is not None and scores and sum(scores) / len(scores) < fail_under:
        return Exit.BELOW_MARK
    return Exit.OK
