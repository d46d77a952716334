import asyncio
from pathlib import Path

from telehealth.image_bell import ImageBell


async def test_a_ring_is_heard_once_for_many_and_never_waits(tmp_path: Path) -> None:
    heard = asyncio.Event()
    ImageBell(tmp_path).ring()  # nobody listens: nothing happens
    with ImageBell(tmp_path).heard(heard.set):
        for _ in range(2000):  # more than a socket holds
            ImageBell(tmp_path).ring()
        await asyncio.wait_for(heard.wait(), 10)
    ImageBell(tmp_path).ring()


async def test_a_second_listener_takes_over_what_a_killed_one_left(tmp_path: Path) -> None:
    heard = asyncio.Event()
    with ImageBell(tmp_path).heard(lambda: None), ImageBell(tmp_path).heard(heard.set):
        ImageBell(tmp_path).ring()
        await asyncio.wait_for(heard.wait(), 10)


async def test_a_path_too_long_for_a_socket_is_no_fault(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    with ImageBell(deep).heard(lambda: None):
        ImageBell(deep).ring()
