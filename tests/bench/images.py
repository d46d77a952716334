"""Image doors beside Orthanc and nginx: storing, frames, metadata, whole series, first sight.

Ours answers as always: signed in, rights asked, reading audited, every pixel of a delivery copy
compared before it is published.
"""

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench.harness import OURS, Figures, Row, Target, interleaved
from tests.bench.image_contenders import (
    Ours,
    Storing,
    Web,
    orthanc_server,
    our_server,
    static_files,
)
from tests.bench.image_material import Material, StudyBytes

ROUNDS = 3
LOAD_SECONDS = 4
WARM_SECONDS = 1
LANES = 6  # what browsers open to one server
# A peer that derives nothing is done when it has answered.
_ANSWERED, _PUBLISHED = "instances/s until answered", "instances/s until published"
_FRAMES = 'multipart/related; type="application/octet-stream"'
_DICOM = 'multipart/related; type="application/dicom"'
_LUA = """
local paths = {}
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
end
local at = 0
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
function done(summary, latency)
  -- Orthanc ends a series by closing: a read error to wrk, with every byte there
  local refused = summary.errors.status + summary.errors.timeout
  io.write(string.format("FIGURES %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.bytes, latency:percentile(50), latency:percentile(99), refused))
end
"""


def measure() -> list[Row]:
    """Every figure of issue 4's table that needs no browser."""
    with tempfile.TemporaryDirectory(prefix="bench-images-") as name:
        folder, material = Path(name), Material()
        folder.chmod(0o755)
        with our_server(folder / "ours") as ours, orthanc_server(folder / "orthanc") as orthanc:
            rows = _storing(ours, {OURS: ours, "orthanc": orthanc}, material)
            study = material.study()
            for server in (ours, orthanc):
                server.stow(study, 20)
                server.wait_until_published(study)
            return rows + _reading(folder, ours, orthanc, study, material.text)


def _storing(ours: Ours, servers: dict[str, Web], material: Material) -> list[Row]:
    as_fast = Target(1, at_most=False, peer="orthanc")
    at_least = {_ANSWERED: as_fast, _PUBLISHED: as_fast}
    rows = []
    for per_request in (20, 1):
        rows += interleaved(
            f"STOW of {material.text}, {per_request} a request",
            {n: _stowing(server, material, per_request) for n, server in servers.items()},
            ROUNDS,
            at_least,
        )
    rows += interleaved(
        f"files of {material.text} from a page, {LANES} at a time",
        {name: _sending(server, material) for name, server in servers.items()},
        ROUNDS,
        at_least,
    )
    rows += interleaved(
        "CT of 300 slices from a page until it can be looked at",
        {OURS: _first_sight(ours, material)},
        ROUNDS,
        {"s after the last byte": Target(2)},
    )
    return rows


def _stowing(server: Web, material: Material, per_request: int) -> Callable[[], Figures]:
    return lambda: _taken_in(server, material, lambda study: server.stow(study, per_request))


def _sending(server: Storing, material: Material) -> Callable[[], Figures]:
    return lambda: _taken_in(server, material, lambda study: server.send_files(study, LANES))


def _taken_in(server: Web, material: Material, send: Callable[[StudyBytes], None]) -> Figures:
    study = material.study(100)
    began = time.monotonic()
    send(study)
    answered = time.monotonic()
    server.wait_until_published(study)
    count = len(study.bodies)
    return {
        _ANSWERED: count / (answered - began),
        _PUBLISHED: count / (time.monotonic() - began),
    }


def _first_sight(ours: Ours, material: Material) -> Callable[[], Figures]:
    def figures() -> Figures:
        study, first = material.study(), []
        watcher = threading.Thread(target=lambda: first.append(ours.published_after(study, 1)))
        began = time.monotonic()
        watcher.start()
        ours.send_files(study, LANES)
        sent = time.monotonic()
        whole = ours.published_after(study, len(study.bodies))
        watcher.join()
        return {
            "s from the first byte to first images": first[0] - began,
            "s after the last byte": whole - sent,
        }

    return figures


def _reading(folder: Path, ours: Web, orthanc: Web, study: StudyBytes, text: str) -> list[Row]:
    servers = {OURS: ours, "orthanc": orthanc}
    paths = study.frame_paths()
    with static_files(folder / "nginx", dict(zip(paths, study.pixels(), strict=True))) as nginx:
        frames = interleaved(
            f"image frames of {text}, 8 connections",
            {
                n: _load(folder, s, paths, _FRAMES, 8)
                for n, s in (servers | {"nginx": nginx}).items()
            },
            ROUNDS,
            {
                "requests/s": Target(5, at_most=False, peer="orthanc"),
                "p99 ms": Target(1, peer="orthanc"),
            },
        )
    metadata = interleaved(
        f"metadata of {len(study.bodies)} slices, 1 connection",
        {
            name: _load(folder, s, [f"{study.series_path}/metadata"], "application/dicom+json", 1)
            for name, s in servers.items()
        },
        ROUNDS,
        {"requests/s": Target(20, at_most=False, peer="orthanc")},
    )
    whole = interleaved(
        f"a whole series of {len(study.bodies)} slices, 1 connection",
        {n: _load(folder, s, [study.series_path], _DICOM, 1) for n, s in servers.items()},
        ROUNDS,
        {"MB/s": Target(1, at_most=False, peer="orthanc")},
    )
    return frames + _beside_files(frames) + metadata + whole


def _beside_files(frames: Sequence[Row]) -> list[Row]:
    """The same requests/s under a second promise: a row carries one."""
    least = Target(0.8, at_most=False, peer="nginx")
    return [
        replace(
            row, work=f"{row.work}, beside files", target=least if row.contender == OURS else None
        )
        for row in frames
        if row.contender in (OURS, "nginx") and row.unit == "requests/s"
    ]


def _load(
    folder: Path, server: Web, paths: Sequence[str], accept: str, connections: int
) -> Callable[[], Figures]:
    """wrk over these addresses in turn, after a second that warms caches."""
    script, listed = folder / "paths.lua", folder / f"paths-{id(server)}-{len(paths)}"
    script.write_text(_LUA)

    def figures() -> Figures:
        root = server.root.partition("/")[2].lstrip("/").partition("/")[2]
        listed.write_text("".join(f"{'/' + root if root else ''}{path}\n" for path in paths))
        headers = server.headers | {"Accept": accept, "Accept-Encoding": "gzip"}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{LOAD_SECONDS}s", "-s", str(script)]
        for header, value in headers.items():
            command += ["-H", f"{header}: {value}"]
        command += ["--timeout", "30s", server.root, "--", str(listed)]
        warming = [f"-d{WARM_SECONDS}s" if word.startswith("-d") else word for word in command]
        subprocess.run(warming, check=True, capture_output=True)
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        line = next(line for line in said.splitlines() if line.startswith("FIGURES"))
        requests, micros, size, half, slow, refused = map(int, line.split()[1:])
        assert not refused, said
        return {
            "requests/s": requests / micros * 1e6,
            "p50 ms": half / 1000,
            "p99 ms": slow / 1000,
            "MB/s": size / micros,
        }

    return figures
