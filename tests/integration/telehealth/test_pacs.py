"""PACS peers and pulls through the HTTP doors, with our own DIMSE server as the hospital's PACS."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from telehealth.images import Images
from telehealth.pull_worker import PullWorker
from tests.integration.scheduling.steps import MONDAY, draft
from tests.support.conference import HUB, OTHER_SPOKE, SPOKE, Conference
from tests.support.core import facility_id
from tests.support.dimse import OWN, a_peer, archive, dimse_server, know
from tests.support.image_doors import image_conference
from viewer.dimse_stack import OwnEntity
from viewer.pacs import Retrieve
from viewer.pacs_store import PacsStore

PEERS = "/api/pacs-peers"
ADDRESS = "192.0.2.10"


def a_body(**changes: Any) -> dict[str, Any]:
    body = {
        "facility_id": str(facility_id(SPOKE)),
        "name": "PACS khoa Chẩn đoán hình ảnh",
        "ae_title": "PACSNK",
        "host": ADDRESS,
        "port": 104,
    }
    return body | changes


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        yield made


async def test_peer_is_added_changed_and_removed(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    web = {"retrieve": "web", "dicomweb_url": "https://pacs.example.vn/", "dicomweb_user": "a"}
    made = await meeting.call(
        "quantri", "POST", PEERS, a_body(**web, dicomweb_password="mật khẩu"), 201
    )
    assert made["has_password"]
    assert "mật khẩu" not in str(made)
    place = f"{PEERS}/{made['id']}"
    changed = await meeting.call("quantri", "PUT", place, a_body(**web, name="PACS mới"))
    assert (changed["name"], changed["has_password"]) == ("PACS mới", True)
    taken = await meeting.call("quantri", "POST", PEERS, a_body(), 409)
    assert taken["type"] == "/problems/pacs-peer-taken"
    listed = await meeting.call("quantri", "GET", PEERS)
    assert [peer["name"] for peer in listed["items"]] == ["PACS mới"]
    assert listed["own"] == {"ae_title": "TELEHEALTH", "port": 11112, "tls_port": 0}
    async with meeting.parts.database.reading() as tx:
        stored = await PacsStore(tx).peer(UUID(made["id"]))
    assert "mật khẩu" not in stored.dicomweb_password
    assert meeting.parts.sealing.opened(stored).dicomweb_password == "mật khẩu"
    await meeting.call("quantri", "DELETE", place, None, 204)
    await meeting.call("quantri", "DELETE", place, None, 404)
    await meeting.call("quantri", "POST", PEERS, a_body(), 201)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"ae_title": "DÀI"}, "ae-title"),
        ({"ae_title": "A" * 17}, "ae-title"),
        ({"ae_title": "A\\B"}, "ae-title"),
        ({"host": "a b"}, "host"),
        ({"host": ""}, "host"),
        ({"name": " "}, "name"),
        ({"retrieve": "web"}, "missing"),
        ({"dicomweb_url": "file:///etc/passwd"}, "url"),
        ({"dicomweb_url": "http://a:b@host/"}, "url"),
        ({"dicomweb_url": "http://[::1"}, "url"),
    ],
)
async def test_peer_that_cannot_work_is_refused(
    hospital: tuple[Conference, Images], change: dict[str, Any], slug: str
) -> None:
    problem = await hospital[0].call("quantri", "POST", PEERS, a_body(**change), 422)
    assert [error["slug"] for error in problem["errors"]] == [slug]


@pytest.mark.parametrize("username", ["bacsi", "dieuphoi", "dieuphoixa", "kythuat", "chutoa"])
async def test_only_the_administrator_sees_peers(
    hospital: tuple[Conference, Images], username: str
) -> None:
    meeting, _ = hospital
    peer = await know(meeting, a_peer())
    await meeting.call(username, "GET", PEERS, None, 403)
    await meeting.call(username, "POST", PEERS, a_body(), 403)
    await meeting.call(username, "PUT", f"{PEERS}/{peer.id}", a_body(), 403)
    await meeting.call(username, "DELETE", f"{PEERS}/{peer.id}", None, 403)
    await meeting.call(username, "POST", f"{PEERS}/{peer.id}/check", None, 403)


@pytest.mark.parametrize("username", ["nguoikhac", "dieuphoi", "chuyengia", "quantri", "hocvien"])
async def test_pa10_others_neither_search_nor_fetch_nor_see_what_arrived(
    hospital: tuple[Conference, Images], username: str
) -> None:
    meeting, _ = hospital
    peer = await know(meeting, a_peer())
    place = f"/api/cases/{(await draft(meeting))['id']}"
    asked = {"by": "patient_id", "value": "1"}
    wanted = {"peer_id": str(peer.id), "studies": [{"study_uid": "1.2"}]}
    for method, path, body in (
        ("GET", "/pacs", None),
        ("POST", f"/pacs/{peer.id}/search", asked),
        ("POST", "/pulls", wanted),
        ("GET", "/pulls", None),
        ("GET", "/arrived-studies", None),
        ("POST", "/arrived-studies/1.2", None),
    ):
        await meeting.call(username, method, place + path, body, 403)


async def test_pa10_a_peer_of_another_hospital_is_unknown(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    foreign = await know(meeting, a_peer(facility_id=facility_id(OTHER_SPOKE)))
    place = f"/api/cases/{(await draft(meeting))['id']}"
    assert (await meeting.call("bacsi", "GET", f"{place}/pacs"))["items"] == []
    asked = {"by": "patient_id", "value": "1"}
    await meeting.call("bacsi", "POST", f"{place}/pacs/{foreign.id}/search", asked, 404)
    wanted = {"peer_id": str(foreign.id), "studies": [{"study_uid": "1.2"}]}
    await meeting.call("bacsi", "POST", f"{place}/pulls", wanted, 404)


@pytest.mark.parametrize("value", ["*", "A?", "a\\b", "", " ", "x" * 65, "a\n"])
async def test_pa8_a_search_is_for_one_exact_value(
    hospital: tuple[Conference, Images], value: str
) -> None:
    meeting, _ = hospital
    peer = await know(meeting, a_peer())
    place = f"/api/cases/{(await draft(meeting))['id']}/pacs/{peer.id}/search"
    await meeting.call("bacsi", "POST", place, {"by": "patient_id", "value": value + "*"}, 422)


async def test_pa12_what_arrived_is_attached_once_by_its_own_hospital(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    await archive(meeting, SPOKE, "CT_small.dcm")
    await archive(meeting, HUB, "MR_small.dcm")
    place = f"/api/cases/{(await draft(meeting))['id']}"
    (loose,) = (await meeting.call("bacsi", "GET", f"{place}/arrived-studies"))["items"]
    assert (loose["patient_id"], loose["identity"]) == ("1CT1", "mismatch")
    await meeting.call("bacsi", "POST", f"{place}/arrived-studies/{loose['study_uid']}", None, 204)
    await meeting.call("bacsi", "POST", f"{place}/arrived-studies/{loose['study_uid']}", None, 404)
    await meeting.call("bacsi", "POST", f"{place}/arrived-studies/1.2.3", None, 404)
    (study,) = (await meeting.call("bacsi", "GET", f"{place}/studies"))["items"]
    assert study["identity"]["status"] == "mismatch"
    assert (await meeting.call("bacsi", "GET", f"{place}/arrived-studies"))["items"] == []


async def test_pa9_search_fetch_and_check_between_two_of_us(
    hospital: tuple[Conference, Images], tmp_path: Path
) -> None:
    """A second DIMSE server of ours is the PACS: it holds another facility's archive."""
    meeting, images = hospital
    await archive(meeting, HUB, "CT_small.dcm")
    async with dimse_server(meeting, images, tmp_path, own=OwnEntity("ANOTHER")) as server:
        # The hub's server knows our calling title as a peer of the hub.
        await know(meeting, a_peer("TELEHEALTH", facility_id=facility_id(HUB)))
        pacs = await know(meeting, a_peer("ANOTHER", server.port, retrieve=Retrieve.GET))
        place = f"/api/cases/{(await draft(meeting))['id']}"
        asked = {"by": "patient_id", "value": "1CT1"}
        found = await meeting.call("bacsi", "POST", f"{place}/pacs/{pacs.id}/search", asked)
        (study,) = found["items"]
        assert (study["image_count"], study["modality"]) == (1, ["CT"])
        check = await meeting.call("quantri", "POST", f"{PEERS}/{pacs.id}/check")
        assert check == {"answered": True, "reason_slug": None}
        wanted = {"peer_id": str(pacs.id), "studies": [{"study_uid": study["study_uid"]}]}
        await meeting.call("bacsi", "POST", f"{place}/pulls", wanted, 201)
        parts, folder = meeting.parts, tmp_path / "pulls"
        worker = PullWorker(parts.database, images, OWN, parts.sealing, folder, 20, meeting.clock)
        assert await worker.work_once()
        (pull,) = (await meeting.call("bacsi", "GET", f"{place}/pulls"))["items"]
    assert (pull["state"], pull["arrived"], pull["expected"]) == ("done", 1, 1)
    again = await meeting.call("bacsi", "POST", f"{place}/pulls/{pull['id']}/retry")
    assert again["items"][0]["state"] == "waiting"
    await meeting.call("quantri", "DELETE", f"{PEERS}/{pacs.id}", None, 204)
    (failed,) = (await meeting.call("bacsi", "GET", f"{place}/pulls"))["items"]
    assert (failed["state"], failed["reason_slug"]) == ("failed", "peer-removed")
