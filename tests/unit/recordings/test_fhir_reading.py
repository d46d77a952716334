from copy import deepcopy

import pytest

from recordings.archive_step import ArchivedFile
from recordings.fhir_bundle import bundle, bundle_bytes
from recordings.sinks.fhir_reading import difference, with_references
from tests.support.recordings_builders import some_snapshot

SNAPSHOT = some_snapshot(ArchivedFile("x", "application/pdf", "ab" * 32, 3))
SENT = bundle(SNAPSHOT, b"pdf")["entry"][3]["resource"]


def test_servers_may_add_but_not_change() -> None:
    got = deepcopy(SENT) | {"id": "other", "text": {"status": "generated"}}
    got["meta"] = {"versionId": "1", "tag": [{"code": "theirs"}, *SENT["meta"]["tag"]]}
    got["code"]["coding"][0]["userSelected"] = True
    assert difference(SENT, got, "") == ""
    got["status"] = "amended"
    assert difference(SENT, got, "") == ".status"


@pytest.mark.parametrize("name", ["conclusion", "basedOn", "meta", "presentedForm"])
def test_what_is_missing_is_named(name: str) -> None:
    got = {key: value for key, value in SENT.items() if key != name}
    assert difference(SENT, got, "").startswith(f".{name}")


def test_references_are_compared_as_the_server_writes_them() -> None:
    sent = {"focus": {"reference": "urn:uuid:1"}}
    wanted = with_references(sent, {"urn:uuid:1": "Task/9"})
    for written in ("Task/9", "http://emr.example/fhir/Task/9"):
        assert difference(wanted, {"focus": {"reference": written}}, "") == ""
    assert difference(wanted, {"focus": {"reference": "Task/8"}}, "") == ".focus.reference"


def test_ar01_the_same_snapshot_gives_the_same_bundle() -> None:
    assert bundle_bytes(SNAPSHOT, b"pdf") == bundle_bytes(SNAPSHOT, b"pdf")


def test_ar60_resources_refer_to_earlier_ones_only_so_they_can_go_one_by_one() -> None:
    known: set[str] = set()
    for entry in bundle(SNAPSHOT, b"pdf")["entry"]:
        assert references(entry["resource"]) <= known
        known.add(entry["fullUrl"])


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*(references(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(references(one) for one in value))
    return set()


def test_ar63_recommendations_are_proposals() -> None:
    requests = [
        one["resource"]
        for one in bundle(SNAPSHOT, b"pdf")["entry"]
        if one["resource"]["resourceType"] == "ServiceRequest"
    ]
    assert sorted(one["intent"] for one in requests) == ["order", "proposal"]
    assert [one["status"] for one in requests if one["intent"] == "order"] == ["completed"]
