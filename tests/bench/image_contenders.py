"""Servers beside which image doors are measured: ours, Orthanc, files served by nginx."""

import http.client
import json
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.image_material import StudyBytes
from tests.support.installation import Installation
from tests.support.one_hospital import DOCTOR, make_hospital
from tests.support.orthanc import NAME, PASSWORD, orthanc
from tests.support.ports import free_port
from tests.support.processes import as_user, give_to, running

PUBLISH_SECONDS = 300
TUNED = {
    "OverwriteInstances": True,
    "StorageCompression": False,
    "TcpNoDelay": True,
    "KeepAlive": True,
    "HttpCompressionEnabled": False,
    "HttpVerbose": False,
    "SaveJobs": False,
}
_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 512; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
"""


class Web:
    """One server: where its DICOMweb root is, and the header that signs us in."""

    def __init__(self, root: str, headers: dict[str, str]) -> None:
        self.root = root
        self.headers = headers

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept alive."""
        return http.client.HTTPConnection(urlsplit(self.root).netloc, timeout=120)

    def ask(
        self,
        line: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """One request; its body. AssertionError when it is refused."""
        line.request(method, path, body, self.headers | (headers or {}))
        answer = line.getresponse()
        content = answer.read()
        assert answer.status < 300, (method, path, answer.status, content[:400])
        return content

    def stow(self, study: StudyBytes, per_request: int) -> None:
        """Store a study, the requests one after the other on one connection."""
        line, path = self.connect(), urlsplit(self.root).path + "/studies" + self.store_query()
        for headers, body in [
            _multipart(study.bodies[at : at + per_request])
            for at in range(0, len(study.bodies), per_request)
        ]:
            self.ask(line, "POST", path, body, headers)
        line.close()

    def store_query(self) -> str:
        """What a store request says beside its body."""
        return ""

    def wait_until_published(self, study: StudyBytes) -> None:
        """Return when every image of the study can be seen."""


class Storing(Web, ABC):
    """A server whose own page takes files, each in a request of its own."""

    def send_files(self, study: StudyBytes, lanes: int) -> None:
        """Each file in a request of its own, `lanes` at a time, as a browser page does."""
        with ThreadPoolExecutor(lanes) as pool:
            list(pool.map(lambda lane: self._send_lane(study.bodies[lane::lanes]), range(lanes)))

    def _send_lane(self, bodies: Sequence[bytes]) -> None:
        line = self.connect()
        for body in bodies:
            self.send_file(line, body)
        line.close()

    @abstractmethod
    def send_file(self, line: http.client.HTTPConnection, body: bytes) -> None:
        """One file as this server's own page sends it."""


class Orthanc(Storing):
    """Tuned: no Nagle, keep-alive, no compression, known instances overwritten."""

    def send_file(self, line: http.client.HTTPConnection, body: bytes) -> None:
        """Orthanc Explorer's way."""
        self.ask(line, "POST", "/instances", body)


class Ours(Storing):
    """`telehealth serve` with one case; rights and audit are as always."""

    def __init__(self, root: str, headers: dict[str, str], case_id: str) -> None:
        super().__init__(root, headers)
        self.case_id = case_id

    def store_query(self) -> str:
        """The case the images are for."""
        return f"?case={self.case_id}"

    def send_file(self, line: http.client.HTTPConnection, body: bytes) -> None:
        """tus creation with upload."""
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(body)),
            "Upload-Metadata": f"filename {b64encode(b'IM').decode()}",
            "Content-Type": "application/offset+octet-stream",
        }
        self.ask(line, "POST", f"/api/cases/{self.case_id}/uploads", body, headers)

    def series(self, line: http.client.HTTPConnection, study: StudyBytes) -> dict[str, Any]:
        """How far the series of a study is."""
        found = json.loads(self.ask(line, "GET", f"/api/cases/{self.case_id}/studies"))
        studies = {each["study_uid"]: each["series"] for each in found["items"]}
        return (studies.get(study.study_uid) or [{"published_count": 0}])[0]

    def wait_until_published(self, study: StudyBytes) -> None:
        """Until the manifest holds every image."""
        self.published_after(study, len(study.bodies))

    def published_after(self, study: StudyBytes, count: int) -> float:
        """Monotonic time at which so many images of the series could be seen."""
        line, until = self.connect(), time.monotonic() + PUBLISH_SECONDS
        while self.series(line, study)["published_count"] < count:
            assert time.monotonic() < until, "not published"
            time.sleep(0.1)  # each asks for the whole study list
        line.close()
        return time.monotonic()


def _multipart(bodies: Sequence[bytes]) -> tuple[dict[str, str], bytes]:
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    whole = b"".join(head + body + b"\r\n" for body in bodies) + f"--{boundary}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    return {"Content-Type": kind, "Accept": "application/dicom+json"}, whole


@contextmanager
def our_server(folder: Path) -> Iterator[Ours]:
    """A fresh installation with a hospital, a doctor and a case."""
    folder.mkdir()
    password = make_hospital(folder)
    with Installation(folder, "serve") as server:
        web = Web(server.url, {"Content-Type": "application/json"})
        line = web.connect()
        login = json.dumps({"username": DOCTOR, "password": password}).encode()
        token = json.loads(web.ask(line, "POST", "/api/login", login))["token"]
        web.headers["Authorization"] = f"Bearer {token}"
        case = json.loads(web.ask(line, "POST", "/api/cases", b"{}"))
        line.close()
        yield Ours(f"{server.url}/dicomweb", {"Authorization": f"Bearer {token}"}, case["id"])


@contextmanager
def orthanc_server(folder: Path) -> Iterator[Orthanc]:
    """Debian's Orthanc with its DICOMweb plugin."""
    folder.mkdir()
    login = b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    with orthanc(folder, TUNED) as url:
        yield Orthanc(f"{url}dicom-web", {"Authorization": f"Basic {login}"})


@contextmanager
def static_files(folder: Path, files: dict[str, bytes]) -> Iterator[Web]:
    """nginx with one worker over these files; nobody signs in."""
    folder.mkdir()
    port = free_port()
    for path, body in files.items():
        place = folder / "www" / path.strip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port))
    for each in (folder, *folder.rglob("*")):
        give_to("nobody", each)
    web = Web(f"http://127.0.0.1:{port}", {})
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
    command = as_user("nobody", nginx, "-e", str(folder / "error"), "-c", str(configuration))
    with running(command, lambda: _answers(web, next(iter(files))), folder.parent / "nginx.log"):
        yield web


def _answers(web: Web, path: str) -> bool:
    line = web.connect()
    try:
        web.ask(line, "GET", path)
    except OSError:
        return False
    finally:
        line.close()
    return True
