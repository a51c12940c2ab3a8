"""A call as data: who says what, in which voice, over which line, and what the right findings are."""

import zlib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

STEPS = (
    "owner_tenant_question", "email_request", "thanks_for_email", "callback_question", "marketing_notice",
    "closing_thanks",
)  # fmt: skip
Speaker = Literal["agent", "customer"]
Status = Literal["met", "out_of_order", "missed", "not_applicable"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(_Strict):
    """One span of one speaker. `hold` seconds of hold tone come before it."""

    speaker: Speaker
    text: str
    pause: float | None = Field(None, description="seconds of silence before; drawn between 0.3 and 1.2 when absent")
    overlap: float = Field(0.0, ge=0.0, le=0.4, description="seconds it starts before the other has finished")
    hold: float = 0.0


class Voice(_Strict):
    """An espeak-ng variant (only held-out ones) and how it speaks here."""

    name: str
    speed: int = Field(150, ge=130, le=175)
    pitch: int = Field(50, ge=25, le=75)
    level: float = Field(-22.0, description="dBFS of its speech on the line")


class Labels(_Strict):
    """The right findings, and in `why` the rule that decides the ones that are not plain."""

    why: str
    steps: dict[str, Status]
    caller_role: Literal["owner", "tenant", "responsible", "other"] | None = None
    email_reply: Literal["given", "none", "refused"] | None = None
    callback_reply: Literal["yes", "other_number", "no", "unclear"] | None = None
    exemption: Literal["urgent", "angry"] | None = None
    captured: dict[str, str | None] = Field(default_factory=lambda: {"email": None, "phone": None})
    violations: tuple[str, ...] = ()


class Script(_Strict):
    """One call."""

    call_id: str
    case: str
    file: str = Field(description="name under the output folder; its ending and `format` say how it is written")
    format: Literal["mulaw", "alaw", "pcm16", "gsm", "mp3", "opus", "flac", "aac"]
    layout: Literal["stereo", "mono", "legs"] = "stereo"
    agent_side: Literal["left", "right"] = "left"
    customer_file: str | None = None
    snr: float = Field(28.0, ge=20.0, le=35.0, description="dB of speech over line noise")
    voices: dict[Speaker, Voice]
    manifest: dict[str, str] = Field(default_factory=dict)
    labels: Labels | None = None
    turns: tuple[Turn, ...]

    @property
    def seed(self) -> int:
        """The same for the same call id on every machine."""
        return zlib.crc32(self.call_id.encode())

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of the call, the agent's leg first."""
        return (self.file, self.customer_file) if self.customer_file else (self.file,)


def read_scripts(folder: Path) -> list[Script]:
    """Every script of a folder, in the order of the file names."""
    paths = sorted(folder.glob("*.yaml"))
    return [_script(path) for path in paths]


def _script(path: Path) -> Script:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["turns"] = [_turn(turn) for turn in data["turns"]]
    return Script.model_validate(data)


def _turn(data: dict[str, Any]) -> dict[str, Any]:
    """`agent: words` as a person writes it."""
    speaker = "agent" if "agent" in data else "customer"
    rest = {key: value for key, value in data.items() if key != speaker}
    return {"speaker": speaker, "text": data[speaker], **rest}
