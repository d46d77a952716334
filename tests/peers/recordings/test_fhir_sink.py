"""Delivery to a FHIR R4 server that is not ours (docs/archive.md, AR-60)."""

import base64
import json
from hashlib import sha256
from uuid import UUID

import httpx
import pytest

from recordings.archive_build import build_files
from recordings.archive_snapshot import snapshot_of
from recordings.archive_step import SinkKind, StepState
from recordings.errors import DeliveryAbsent, DeliveryFailed
from recordings.fhir_bundle import TAG_SYSTEM
from recordings.sinks.fhir import FhirSink
from recordings.sinks.sink import Parcel
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.archive import PDF, Clock, close_a_case, steps_of, worker_over

EXPECTED = {
    "Encounter": 1,
    "Appointment": 1,
    "ServiceRequest": 2,  # the request, and one proposal for the one task
    "Task": 1,
    "DiagnosticReport": 1,
    "DocumentReference": 2,  # minutes and recording
    "Communication": 1,
    "Provenance": 1,
}


async def counts(client: httpx.AsyncClient, case_id: UUID) -> dict[str, int]:
    found = {}
    for kind in EXPECTED:
        answer = await client.get(f"{kind}?_tag={TAG_SYSTEM}|{case_id}&_total=accurate&_count=50")
        found[kind] = len(answer.json().get("entry", []))
    return found


async def fault(client: httpx.AsyncClient, kind: str, times: int) -> None:
    answer = await client.post(
        str(client.base_url).replace("/fhir/", "/peer/faults"), json={"kind": kind, "times": times}
    )
    assert answer.status_code == 200


FAULTS = ("500-before", "500-after-commit", "drop-after-commit", "429")


@pytest.mark.parametrize(
    ("kind", "client_ids"),
    [("", True), ("", False), ("half", True)] + [(one, two) for one in FAULTS for two in (0, 1)],
)
async def test_ar60_whatever_the_peer_does_the_record_gets_each_resource_once(
    sqlite: Database,
    blobs: FolderBlobs,
    fhir_client: httpx.AsyncClient,
    kind: str,
    client_ids: bool,
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FHIR])
    if kind:
        await fault(fhir_client, kind, 2)
    clock = Clock()
    sink = FhirSink(fhir_client, client_ids)
    for _ in range(5):
        await worker_over(sqlite, blobs, {SinkKind.FHIR: sink}, clock).work_once()
        [step] = await steps_of(sqlite, case_id)
        clock.now = max(clock.now, step.due_at)
    assert step.state is StepState.VERIFIED, step.trouble
    assert step.attempts == (3 if kind else 1)
    assert await counts(fhir_client, case_id) == EXPECTED


async def test_ar61_the_pdf_in_the_record_is_the_pdf_that_was_closed(
    sqlite: Database, blobs: FolderBlobs, fhir_client: httpx.AsyncClient
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FHIR])
    sink = FhirSink(fhir_client)
    await worker_over(sqlite, blobs, {SinkKind.FHIR: sink}, Clock()).work_once()
    found = await fhir_client.get(f"DocumentReference?_tag={TAG_SYSTEM}|{case_id}")
    documents = [one["resource"] for one in found.json()["entry"]]
    [minutes] = [one for one in documents if "docStatus" in one]
    attachment = minutes["content"][0]["attachment"]
    assert base64.b64decode(attachment["data"]) == PDF
    values = {one["value"] for one in minutes["identifier"]}
    assert sha256(PDF).hexdigest() in values
    [request] = [one for one in minutes["context"]["related"] if "reference" in one]
    assert request["reference"].startswith("ServiceRequest/")


async def parcel_of(sqlite: Database, blobs: FolderBlobs) -> Parcel:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FHIR])
    [step] = await steps_of(sqlite, case_id)
    snapshot = snapshot_of(blobs.read(step.snapshot_sha256))
    return Parcel(step.id, "x", build_files(step, snapshot, blobs, {}), blobs)


async def test_ar62_what_was_changed_at_the_peer_is_noticed_and_put_right(
    sqlite: Database, blobs: FolderBlobs, fhir_client: httpx.AsyncClient
) -> None:
    parcel = await parcel_of(sqlite, blobs)
    sink = FhirSink(fhir_client)
    await sink.send(parcel)
    await sink.verify(parcel)
    document = json.loads(blobs.read(parcel.files[0].sha256))
    [report] = [
        one["resource"]
        for one in document["entry"]
        if one["resource"]["resourceType"] == "DiagnosticReport"
    ]
    changed = await fhir_client.put(
        f"DiagnosticReport/{report['id']}",
        json={"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "khác"}}
        | {"id": report["id"]},
    )
    assert changed.status_code == 200
    with pytest.raises(DeliveryFailed, match="not-as-sent"):
        await sink.verify(parcel)
    await sink.send(parcel)
    await sink.verify(parcel)


async def test_ar62_what_is_not_there_is_said_to_be_absent(
    sqlite: Database, blobs: FolderBlobs, fhir_client: httpx.AsyncClient
) -> None:
    parcel = await parcel_of(sqlite, blobs)
    for client_ids in (True, False):
        with pytest.raises(DeliveryAbsent, match="resource-absent"):
            await FhirSink(fhir_client, client_ids).verify(parcel)
