"""Numbers that decide how the app behaves, each with its reason."""

from pydantic import Field

from analyzer.models.base import Frozen


class WebSettings(Frozen):
    """Limits of the app; the defaults suit a contact centre's quality room."""

    session_seconds: float = Field(12 * 3600, description="a working day and its overtime; then one signs in anew")
    idle_seconds: float = Field(3 * 3600, description="a screen left alone over lunch stays open, over an evening not")
    link_seconds: float = Field(7 * 24 * 3600, description="an agent on leave finds a link that still works")
    start_link_seconds: float = Field(24 * 3600, description="the link that the start of the app prints")
    body_bytes: int = Field(64_000, description="the longest form is a reason: 4,000 letters, escaped")
    form_fields: int = Field(2_000, description="a calibration over 300 calls sends a field or two a call")
    login_tries: int = Field(10, description="wrong passwords of one name or from one address in a window")
    login_window: float = Field(600, description="seconds that they are counted for")
    page_rows: int = Field(50, description="rows of the queue a page: two screens")
    cache_bytes: int = Field(2 << 30, description="converted recordings kept: about 500 hours of Opus")
    plays_apart: float = Field(1800, description="seconds within which hearing a call again is the same hearing")
