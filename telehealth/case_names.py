"""Names of folders of a case: readable in any file manager, no word of the patient; pure."""

import unicodedata
from datetime import tzinfo

from telehealth.casefile import CaseFile


def folder_of(file: CaseFile, zone: tzinfo) -> str:
    """Year, session and case: `2026/2026-11-26-hoi-chan-tuan-48/ca-1-00101-1a2b3c4d`."""
    session = file.session
    when = (session.starts_at if session else file.case.saved_at).astimezone(zone)
    title = ascii_name(session.title) if session else "ngoai-lich"
    number = file.case.position or 0
    case = f"ca-{number}-{file.facility.code}-{file.case.id.hex[:8]}"
    return f"{when:%Y}/{when:%Y-%m-%d}-{title}/{case}"


def ascii_name(text: str, limit: int = 40) -> str:
    """A title as a file name: `Hội chẩn tuần 48` becomes `hoi-chan-tuan-48`."""
    # NFD splits marks off letters but leaves đ whole.
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    letters = (one if one.isascii() and one.isalnum() else " " for one in flat if not _is_mark(one))
    return "-".join("".join(letters).lower().split())[:limit].strip("-") or "khong-ten"


def _is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) != 0
