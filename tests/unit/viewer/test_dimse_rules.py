"""Rules of the DIMSE side, one by one."""

from dataclasses import replace
from uuid import uuid4

import pytest
from pydicom.dataset import Dataset

from viewer.dimse_admission import Asking, Bounds, Turned, admit, plain_address
from viewer.dimse_commitment import Held, judge, report_of
from viewer.dimse_query import IdentifierWrong, answer_of, read_query, read_retrieval
from viewer.dimse_status import status_of
from viewer.errors import PeerInvalid
from viewer.pacs import Ending, Peer, PullState, after, checked

PEER = Peer(uuid4(), uuid4(), "PACS", "PACS1", "pacs.local", 104)
ASKING = Asking("PACS1", "TELEHEALTH", "10.0.0.7", tls=False)


def verdict(asking: Asking, *peers: Peer, lines: int = 0) -> str:
    def addresses_of(host: str) -> frozenset[str]:
        return frozenset({"10.0.0.7", "10.0.0.8"})

    made = admit(asking, "TELEHEALTH", peers, addresses_of, {PEER.id: lines}, Bounds(per_peer=2))
    return made.reason if isinstance(made, Turned) else "admitted"


@pytest.mark.parametrize(
    ("asking", "peer", "lines", "wanted"),
    [
        (ASKING, PEER, 0, "admitted"),
        (replace(ASKING, calling=" PACS1 "), PEER, 1, "admitted"),
        (replace(ASKING, address="::ffff:10.0.0.8"), PEER, 0, "admitted"),
        (replace(ASKING, called="TELEHEALT"), PEER, 0, "wrong-called-ae"),
        (replace(ASKING, calling="pacs1"), PEER, 0, "unknown-ae"),
        (replace(ASKING, address="10.0.0.9"), PEER, 0, "unknown-address"),
        (replace(ASKING, address="nonsense"), PEER, 0, "unknown-address"),
        (ASKING, replace(PEER, tls=True), 0, "needs-tls"),
        (replace(ASKING, tls=True), replace(PEER, tls=True), 0, "admitted"),
        (ASKING, PEER, 2, "peer-busy"),
    ],
)
def test_pa1_who_is_admitted(asking: Asking, peer: Peer, lines: int, wanted: str) -> None:
    assert verdict(asking, peer, lines=lines) == wanted


def test_pa2_a_host_of_two_facilities_is_never_guessed() -> None:
    assert verdict(ASKING, PEER, replace(PEER, id=uuid4(), facility_id=uuid4())) == "two-facilities"


def test_addresses_are_compared_in_one_spelling() -> None:
    assert plain_address("fe80::1%eth0") == plain_address("FE80:0:0::1") == "fe80::1"


@pytest.mark.parametrize("title", ["", " ", " A", "A ", "A\\B", "Đ", "A" * 17, "A\n"])
def test_ae_titles_that_dicom_cannot_carry(title: str) -> None:
    with pytest.raises(PeerInvalid):
        checked(replace(PEER, ae_title=title))


@pytest.mark.parametrize(
    ("reason", "failed", "arrived", "expected", "state"),
    [
        ("", 0, 3, 3, PullState.DONE),
        ("", 0, 3, None, PullState.DONE),
        ("", 0, 2, 3, PullState.PARTIAL),
        ("", 1, 3, 3, PullState.PARTIAL),
        ("", 0, 0, None, PullState.FAILED),
        ("stalled", 0, 2, 3, PullState.STALLED),
        ("line-broke", 0, 2, 3, PullState.PARTIAL),
        ("unreachable", 0, 0, None, PullState.FAILED),
    ],
)
def test_pa11_how_a_pull_ends(
    reason: str, failed: int, arrived: int, expected: int | None, state: PullState
) -> None:
    assert after(Ending(reason, failed), arrived, expected) is state


def identifier(**keys: str) -> Dataset:
    made = Dataset()
    for keyword, value in keys.items():
        setattr(made, keyword, value)
    return made


@pytest.mark.parametrize(
    "asked",
    [
        identifier(),
        identifier(QueryRetrieveLevel="PATIENT", PatientID="1"),
        identifier(QueryRetrieveLevel="SERIES"),
        identifier(QueryRetrieveLevel="IMAGE", StudyInstanceUID="1.2"),
        identifier(QueryRetrieveLevel="SERIES", StudyInstanceUID="1.2\\1.3"),
    ],
)
def test_pa5_identifiers_that_name_no_level_or_no_key_above(asked: Dataset) -> None:
    with pytest.raises(IdentifierWrong):
        read_query(asked)


def test_pa6_a_retrieval_names_what_it_wants() -> None:
    with pytest.raises(IdentifierWrong):
        read_retrieval(identifier(QueryRetrieveLevel="STUDY", PatientID="1"))
    asked = identifier(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2\\1.3")
    assert read_retrieval(asked).uids("0020000D") == ("1.2", "1.3")


def test_pa5_an_answer_tells_what_was_asked_and_no_more() -> None:
    asked = identifier(QueryRetrieveLevel="STUDY", PatientName="", StudyDescription="")
    entry = {
        "0020000D": {"vr": "UI", "Value": ["1.2"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Lường^Văn"}]},
        "00100020": {"vr": "LO", "Value": ["NK-1"]},
    }
    told = answer_of(entry, read_query(asked), "TELEHEALTH")
    assert (str(told.PatientName), told.StudyInstanceUID) == ("Lường^Văn", "1.2")
    assert told.StudyDescription in ("", None)
    assert "PatientID" not in told


def test_pa7_commitment_names_what_failed_and_why() -> None:
    items = [("1.1", "1.2"), ("1.1", "1.3"), ("1.9", "1.4"), ("1.1", "1.5")]
    held = {"1.2": Held("1.1", True), "1.4": Held("1.1", True), "1.5": Held("1.1", False)}
    verdicts = judge(items, held)
    assert list(verdicts.values()) == [0, 0x0112, 0x0119, 0x0110]
    kind, told = report_of("1.7", verdicts)
    assert (kind, len(told.ReferencedSOPSequence), len(told.FailedSOPSequence)) == (2, 1, 3)
    assert report_of("1.7", {items[0]: 0})[0] == 1


def test_refusals_become_statuses() -> None:
    assert [status_of(slug) for slug in ("", "truncated", "no-room", "bad-uid")] == [
        0x0000, 0xC000, 0xA700, 0xA900,
    ]  # fmt: skip
