from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.dicomweb_multipart import MultipartReader, boundary_of, media_type, whole_multipart
from viewer.errors import MultipartInvalid


class Kept:
    def __init__(self) -> None:
        self.parts: list[tuple[str, bytes]] = []
        self.open = False

    def begin(self, headers: Mapping[str, str]) -> None:
        assert not self.open
        self.open = True
        self.parts.append((headers.get("content-type", ""), b""))

    def write(self, data: bytes) -> None:
        kind, body = self.parts[-1]
        self.parts[-1] = (kind, body + data)

    def end(self) -> None:
        assert self.open
        self.open = False


BODIES = st.lists(
    st.binary(max_size=80)
    | st.sampled_from([b"", b"\r\n", b"\r\n--", b"\r\n--bounds", b"--bound\r\n", b"\r\n\r\n--bo"]),
    max_size=5,
)


@given(BODIES, st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_parts_come_back_however_the_message_is_cut(bodies: list[bytes], cuts: list[int]) -> None:
    message = whole_multipart("boundXY", (("application/dicom", body) for body in bodies))
    kept, at = Kept(), 0
    reader = MultipartReader("boundXY", kept)
    for step in range(len(message)):
        if at >= len(message):
            break
        size = cuts[step % len(cuts)]
        reader.feed(message[at : at + size])
        at += size
    reader.finish()
    assert kept.parts == [("application/dicom", body) for body in bodies]
    assert not kept.open


def test_preamble_epilogue_and_white_space_after_the_delimiter_are_allowed() -> None:
    kept = Kept()
    reader = MultipartReader("b", kept)
    reader.feed(b"hello\r\n--b  \r\n\r\none\r\n--b\r\nContent-Type: x/y\r\n\r\n\r\n--b--\r\nbye")
    reader.finish()
    assert kept.parts == [("", b"one"), ("x/y", b"")]


@pytest.mark.parametrize(
    "message", [b"", b"nothing", b"--b\r\n\r\ncut", b"--bX\r\n\r\n", b"--b\r\n"]
)
def test_message_that_ends_early_or_has_no_delimiter_is_refused(message: bytes) -> None:
    reader = MultipartReader("b", Kept())
    with pytest.raises(MultipartInvalid):  # noqa: PT012  either call may notice
        reader.feed(message)
        reader.finish()


def test_headers_without_end_are_refused() -> None:
    reader = MultipartReader("b", Kept())
    with pytest.raises(MultipartInvalid):
        reader.feed(b"--b\r\n" + b"A: b\r\n" * 10_000)


@given(st.text(max_size=80))
def test_any_content_type_is_read_or_refused(header: str) -> None:
    kind, _ = media_type(header)
    assert kind == kind.strip().lower()
    with pytest.raises(MultipartInvalid):
        boundary_of(f"text/{header}", "application/dicom")


def test_boundary_is_found_in_the_forms_clients_send() -> None:
    for header in (
        'multipart/related; type="application/dicom"; boundary=abc',
        "multipart/related;boundary=abc;type=application/dicom",
        'Multipart/Related; boundary="abc"',
    ):
        assert boundary_of(header, "application/dicom") == "abc"
