"""`analyzer review` itself: starting, refusing with how to fix it, and ending."""

import shutil
import signal
import socket
import ssl
import subprocess
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from analyzer.review.accounts import hash_password
from analyzer.store.store import Store
from tests.conftest import analyzer, missing
from tests.review.cases import LEA, RINI, scored_report
from tests.web.app_client import fill_store
from tests.web.server_process import started_server

pytestmark = pytest.mark.slow  # each starts the command

WORDS = "four words are fine"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    store = Store(tmp_path / "results" / "analyzer.db")
    fill_store(tmp_path / "results", store, scored_report("first", "mmxmmm", agent="Dewi"))
    store.close()
    return tmp_path / "results"


def refused(results: Path, *options: object) -> str:
    ran = analyzer("review", results, "--no-browser", "--port", "0", *options, out=results)
    assert ran.status == 2
    assert ran.stdout == ""
    return ran.stderr.strip()


def entered(origin: str, link: str, **options) -> httpx2.Client:
    client = httpx2.Client(base_url=origin, **options)
    token = link.partition("token=")[2]
    answer = client.post("/enter", data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    return client


def test_it_listens_on_loopback_opens_by_its_link_and_ends_with_ctrl_c(results: Path):
    with started_server(results, "--as", "Rahasia") as app:
        port = int(app.origin.rpartition(":")[2])
        assert app.link.startswith(f"http://127.0.0.1:{port}/enter?token=")
        with closing(entered(app.origin, app.link)) as client:
            page = client.get("/")
            assert "first" in page.text
            assert "Rahasia" in page.text
            assert "server" not in page.headers
            sound = page.text.partition("/call/")[2][:32]
            assert client.get(f"/audio/{sound}", headers={"Range": "bytes=0-3"}).content == b"RIFF"
            assert client.get("/?q=sangat-rahasia").status_code == 200
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
        for address in addresses - {"127.0.0.1", "::1"}:
            with pytest.raises(OSError, match=r"refused|reach|timed out"), socket.create_connection((address, port), 2):
                pass
        status, output = app.stop()
    assert status == 0
    assert "Ended. What was decided is kept." in output
    assert not any(word in output for word in ("rahasia", "Rahasia", "Traceback", "GET"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_converted_copies_are_removed_at_the_end(results: Path, tmp_path: Path, how: signal.Signals):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with started_server(results, "--as", "Rini", temporary=temporary) as app:
        assert list(temporary.glob("analyzer-review-*"))
        assert app.stop(how)[0] == 0
    assert list(temporary.iterdir()) == []


def test_the_first_user_of_a_store_becomes_lead_and_others_name_themselves(results: Path):
    with started_server(results, "--as", "Rini"):
        pass
    store = Store(results / "analyzer.db")
    account = store.people.get("Rini")
    assert account is not None
    assert account.person.role == "lead"
    assert "Nobody here is called Budi" in refused(results, "--as", "Budi")
    store.people.set_disabled("Rini", disabled=True)
    assert "locked out" in refused(results, "--as", "Rini")
    store.close()


def test_listening_beyond_this_machine_needs_passwords(results: Path):
    output = refused(results, "--host", "0.0.0.0")  # noqa: S104
    assert "people need passwords" in output
    assert "analyzer people add" in output
    store = Store(results / "analyzer.db")
    store.people.put(LEA)
    store.people.set_password("Lea", hash_password(WORDS))
    with started_server(results, "--host", "0.0.0.0", "--allow-host", "review.example") as app:  # noqa: S104
        port = app.link.rpartition(":")[2].strip("/")
        assert "token" not in app.link
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}")
        assert client.get("/").status_code == 303
        assert client.get("/login", headers={"Host": "review.example"}).status_code == 200
        assert client.get("/login", headers={"Host": "other.example"}).status_code == 421
        form = {"name": "Lea", "password": WORDS}
        assert client.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
        assert client.get("/").status_code == 200
        _, output = app.stop()
    assert "without TLS, passwords and recordings cross the network in the clear" in output
    store.close()


def certificate(folder: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        missing("openssl is not installed (Debian: apt-get install openssl)")
    cert, key = folder / "cert.pem", folder / "key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", "req", "-x509", *kind, *names, *files], check=True, capture_output=True)
    return cert, key


def test_over_tls_it_serves_https_with_a_secure_cookie(results: Path, tmp_path: Path):
    cert, key = certificate(tmp_path)
    assert "go together" in refused(results, "--tls-cert", cert)
    assert "cannot be used" in refused(results, "--tls-cert", cert, "--tls-key", results / "analyzer.db")
    with started_server(results, "--as", "Rini", "--tls-cert", cert, "--tls-key", key) as app:
        assert app.link.startswith("https://127.0.0.1:")
        origin = app.origin.replace("127.0.0.1", "localhost")
        trusted = ssl.create_default_context(cafile=str(cert))
        with closing(entered(origin, app.link, verify=trusted)) as client:
            assert [cookie.secure for cookie in client.cookies.jar] == [True]
            assert client.get("/").status_code == 200


def test_a_taken_port_is_reported(results: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ran = analyzer("review", results, "--no-browser", "--port", taken, out=results)
    assert ran.status == 2
    assert f"--port {taken}: cannot listen there" in ran.stderr


def test_a_missing_results_folder_is_reported(tmp_path: Path):
    assert "no such folder" in refused(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "Give a folder that `analyzer score --out` has written" in refused(tmp_path / "empty")


def test_a_store_without_its_folder_can_be_reviewed_too(results: Path):
    with (
        started_server(results / "analyzer.db", "--as", "Rini") as app,
        closing(entered(app.origin, app.link)) as client,
    ):
        assert "first" in client.get("/").text


def test_a_session_survives_a_restart(results: Path):
    with started_server(results, "--as", RINI.name) as app:
        cookies = dict(entered(app.origin, app.link).cookies)
    with started_server(results, "--as", RINI.name) as app:
        assert httpx2.get(f"{app.origin}/", cookies=cookies).status_code == 200
