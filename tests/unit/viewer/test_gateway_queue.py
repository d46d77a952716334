"""A gateway's disk: what was acknowledged is there after any end of the process."""

import hashlib
from pathlib import Path
from uuid import UUID

from viewer.gateway_queue import GatewayQueue, Totals
from viewer.partials import OPEN_MAX, Partials, is_sha256


def _received(queue: GatewayQueue, body: bytes) -> str:
    path = queue.receiving / f"in-{len(body)}"
    path.write_bytes(body)
    return queue.add(path)


def test_objects_leave_in_the_order_they_came(tmp_path: Path) -> None:
    queue = GatewayQueue(tmp_path)
    names = [_received(queue, bytes(size)) for size in (3, 1, 2)]
    seen = []
    while queued := queue.first():
        seen.append(queued.sha256)
        assert hashlib.sha256(queued.path.read_bytes()).hexdigest() == queued.sha256
        queue.delivered(queued)
    assert seen == names
    assert queue.totals() == Totals(0, 0, 0)


def test_a_new_process_finds_what_waits_and_forgets_what_was_never_acknowledged(
    tmp_path: Path,
) -> None:
    queue = GatewayQueue(tmp_path)
    names = [_received(queue, bytes(size)) for size in (5, 4)]
    (queue.receiving / "half").write_bytes(b"half")
    again = GatewayQueue(tmp_path)
    assert list(again.receiving.iterdir()) == []
    first = again.first()
    assert first is not None
    assert first.sha256 == names[0]
    assert again.totals() == Totals(2, 9, 0)


def test_the_same_bytes_wait_once(tmp_path: Path) -> None:
    queue = GatewayQueue(tmp_path)
    assert _received(queue, b"same") == _received(queue, b"same")
    assert queue.totals().files == 1


def test_what_the_server_refuses_is_set_aside_and_can_be_tried_again(tmp_path: Path) -> None:
    queue = GatewayQueue(tmp_path)
    _received(queue, b"bad")
    good = _received(queue, b"good")
    bad = queue.first()
    assert bad is not None
    queue.set_aside(bad, "not-dicom")
    following = queue.first()
    assert following is not None
    assert following.sha256 == good
    assert queue.totals().refused == 1
    assert queue.try_again() == 1
    assert queue.totals() == Totals(2, 7, 0)


def test_pieces_at_the_server_are_bounded_in_number(tmp_path: Path) -> None:
    partials, gateway = Partials(tmp_path), UUID(int=7)
    for number in range(OPEN_MAX + 3):
        partials.append(gateway, f"{number:064x}", b"piece")
    assert len(list((tmp_path / gateway.hex).iterdir())) == OPEN_MAX
    assert partials.append(gateway, f"{OPEN_MAX + 2:064x}", b"s") == 6


def test_names_that_are_no_sha256_are_none() -> None:
    assert is_sha256("0" * 64)
    for name in ("0" * 63, "../" + "0" * 61, "G" * 64, "A" * 64):
        assert not is_sha256(name)
