"""Passwords of other systems, closed under the installation's own key."""

from dataclasses import replace
from pathlib import Path

from telehealth.sealing import KEY_FILE, Sealing
from tests.support.dimse import a_peer


def test_the_key_is_made_once_for_this_user_only(tmp_path: Path) -> None:
    closed = Sealing.of(tmp_path).close("mật khẩu")
    again = Sealing.of(tmp_path)
    peer = replace(a_peer("PACS", 104), dicomweb_password=closed)
    assert again.opened(peer).dicomweb_password == "mật khẩu"
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_another_installation_reads_nothing(tmp_path: Path) -> None:
    closed = Sealing.of(tmp_path / "one").close("mật khẩu")
    peer = replace(a_peer("PACS", 104), dicomweb_password=closed)
    assert Sealing.of(tmp_path / "two").opened(peer).dicomweb_password == ""


def test_no_password_stays_none(tmp_path: Path) -> None:
    sealing = Sealing.of(tmp_path)
    assert sealing.close("") == ""
    assert sealing.opened(a_peer("PACS", 104)).dicomweb_password == ""
