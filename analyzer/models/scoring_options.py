"""What a scoring run is asked to do. The command line offers each field as an option with its description as help."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from analyzer.models.base import ChannelSide, CustomerAudio, Device, Frozen


class ScoringOptions(Frozen):
    """Recordings, model, bank and ways of one `analyzer score`, or of a `watch` that goes on."""

    paths: tuple[Path | str, ...] = Field(
        description="Recordings, transcripts (.json), or folders of them; also URLs such as s3://BUCKET/FOLDER."
    )
    out: Path = Field(description="Folder for results; transcripts are kept there and reused.")
    model: str | None = Field(
        None, description="Whisper model: a folder or a name. [default: large-v3-turbo, small on CPU]"
    )
    bank: Path | None = Field(None, description="Phrase bank. [default: the shipped PLN 123 bank]")
    manifest: Path | None = Field(None, description="CSV about the calls. [default: manifest.csv in a folder given]")
    name_pattern: str | None = Field(
        None, description="Regular expression with named groups, for metadata in file names."
    )
    agent_channel: ChannelSide | None = Field(
        None, description="The agent's side; counts before the manifest. [default: auto]"
    )
    device: Device = Field("auto", description="Where the model runs.")
    workers: int | None = Field(None, ge=1, description="Processes. [default: as `analyzer bench` chose]")
    retry_failed: bool = Field(False, description="Try recordings again that failed in an earlier run.")
    force: bool = Field(False, description="Transcribe everything again.")
    beam_size: int = Field(5, ge=1, le=20, description="Readings kept while decoding.")
    max_minutes: float = Field(240.0, ge=0.1, description="Longer recordings are refused.")
    second_look: bool = Field(True, description="Decode again where a step is missed or unsure.")
    second_model: str | None = Field(
        None, description="Model of the second look: a folder or a name. [default: that of --model]"
    )
    store: str | None = Field(
        None,
        description="Where transcripts and reports are kept: postgresql+psycopg://USER@HOST/NAME, or a .db file. "
        "[default: analyzer.db in --out]",
    )
    memory_limit: float | None = Field(
        None, ge=0.1, description="GiB a worker may take before it is replaced. [default: none]"
    )
    customer_audio: CustomerAudio = Field(
        "full",
        description="How much of the customer's side is transcribed: all, around questions and alarms, nothing.",
    )
    executor: Literal["local", "ray"] = Field(
        "local", description="Where workers run: on this machine, or on a Ray cluster."
    )
    ray_address: str | None = Field(
        None, description="HOST:PORT of the cluster's head. [default: the cluster of this machine]"
    )
