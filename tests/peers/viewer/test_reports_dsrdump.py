"""DCMTK's dsrdump beside our reading of a Structured Report: the same items, in the same order."""

import asyncio
import gzip
import json
import re

from tests.support.dimse import DCMTK
from tests.support.image_room import a_sample
from viewer.header import read_header
from viewer.structured_report import report_of
from viewer.study import Header

KINDS = {"TEXT": "text", "NUM": "number", "CODE": "code", "UIDREF": "uid", "CONTAINER": "heading"}
KINDS |= {kind: kind.lower() for kind in ("DATE", "TIME", "DATETIME")}
_ITEM = re.compile(r'<[a-z ]*?([A-Z]+):(?:\(,,"([^"]*)"\))?=')


async def test_sr1_dsrdump_finds_the_same_items() -> None:
    path = a_sample("test-SR.dcm")
    dump = await asyncio.create_subprocess_exec(
        str(DCMTK / "dsrdump"), str(path), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await dump.communicate()
    items = _ITEM.findall(said.decode("latin-1"))[1:]  # the first is the document itself
    theirs = [
        (KINDS[kind], name)
        for kind, name in items
        if kind in KINDS and (name or kind != "CONTAINER")
    ]
    header = read_header(path, "/dicomweb")
    assert isinstance(header, Header)
    report = report_of(json.loads(gzip.decompress(header.metadata)))
    ours = [(line.kind, line.name) for line in report.lines if line.kind in KINDS.values()]
    assert ours == theirs
    assert len(ours) > 15
