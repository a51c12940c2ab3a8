"""The page of one call, and the script and the style that all such pages share: there may be 20,000 of them.

A page ends with a hash of what it was made of, so that a second run can leave it alone. A content security policy
allows only its own script, style and recording; the nonce is derived from everything on the page, so that text in a
call cannot contain it.
"""

import base64
import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from analyzer.files import package_sha256
from analyzer.locale.catalogue import DEFAULT_LANGUAGE, Localized, page_messages
from analyzer.models.base import Lang
from analyzer.reports.call_view import CallView, encode_peaks
from analyzer.reports.page_audio import AudioLinks
from analyzer.reports.templating import asset, environment

FOLDER = "calls"  # beside report.html
# `file:` because 'self' does not cover a page's neighbours when it was opened from a folder.
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "media-src 'self' file:; base-uri 'none'; form-action 'none'"
)
_WAVESURFER = "vendor/wavesurfer-8.0.1/wavesurfer.min.js"  # BSD-3-Clause, its licence lies beside it
_MADE_OF = re.compile(rb"<!-- made of ([0-9a-f]{64}) -->\n$")
HASH_BYTES = 128
"""bytes at the end of a page that hold its hash"""


def call_page(view: CallView, sound: AudioLinks, *, made_of: str, lang: Lang = DEFAULT_LANGUAGE) -> bytes:
    """The page as UTF-8. `made_of`: hash of everything it was made from (`page_hash`)."""
    nonce = _nonce(made_of)
    page = _template(lang, "call.html.j2").render(
        view=view, sound=sound, nonce=nonce, policy=_POLICY.format(nonce=nonce), data=script_data(view)
    )
    return f"{page}<!-- made of {made_of} -->\n".encode("utf-8", "replace")


def pack_page(
    view: CallView, clips: Mapping[int, str], notes: Sequence[Localized], *, made_of: str, lang: Lang = DEFAULT_LANGUAGE
) -> bytes:
    """The page of an evidence pack, whole in one file but for the clips (step number -> address)."""
    nonce = _nonce(made_of)
    page = _template(lang, "pack.html.j2").render(
        view=view,
        sound=AudioLinks(),
        clips=clips,
        notes=notes,
        nonce=nonce,
        policy=_POLICY.format(nonce=nonce),
        data=script_data(view),
        style=Markup(style()),  # noqa: S704 - our own files
        script=Markup(script()),  # noqa: S704
    )  # fmt: skip
    return page.encode("utf-8", "replace")


def step_anchor(number: int) -> str:
    """The end of a page's address that leads to a step, by its place in the SOP's order."""
    return f"#step-{number}"


def script_data(view: CallView) -> dict[str, Any]:
    """What `call.js` needs beside the page itself."""
    return {
        "seconds": round(view.seconds, 2),
        "lanes": [{"channel": lane.channel, "peaks": encode_peaks(lane.peaks)} for lane in view.lanes],
    }


def shared_files() -> dict[str, bytes]:
    """Name -> content of the files that all pages of calls load; they lie beside the pages."""
    return {"call.css": style().encode(), "call.js": script().encode()}


def style() -> str:
    """How the parts of `call_view.j2` look."""
    return asset("base.css") + asset("call_view.css")


def script() -> str:
    """What the parts of `call_view.j2` do, with the words in every language and the vendored waveform."""
    licence = asset("vendor/wavesurfer-8.0.1/LICENSE")
    return f"/* wavesurfer.js 8.0.1\n{licence}*/\n" + "\n;".join(
        (asset(_WAVESURFER), asset("i18n.js"), _messages_script(), asset("wave.js"), asset("call.js"))
    )


def page_hash(*parts: str | bytes) -> str:
    """Hash of what a page (or another file) is made from, this program included: the same parts, the same page."""
    whole = hashlib.sha256(package_sha256("locale", "reports").encode())
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(f"{len(data)}:".encode() + data)
    return whole.hexdigest()


def made_of(end: bytes) -> str | None:
    """The hash of what a page was made of, from its last bytes; None when it is not a whole page of ours."""
    match = _MADE_OF.search(end)
    return match[1].decode() if match else None


@functools.cache
def _template(lang: Lang, name: str) -> Template:
    return environment(lang).get_template(name)


def _messages_script() -> str:
    return f"SOP.start({json.dumps(page_messages(), ensure_ascii=False, separators=(',', ':'))});"


def _nonce(seed: str) -> str:
    return base64.b64encode(hashlib.sha256(f"nonce {seed}".encode()).digest()[:18]).decode()
