"""Free text of a header, kept from those who may not know whose it is. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from viewer.identity import CasePatient, ImagePatient
from viewer.person_text import accentless_key

# Stand in the middle of half of all Vietnamese names and name nobody; "van" is also a valve.
_NAME_NOBODY: Final = frozenset({"van", "thi"})
_WORD: Final = re.compile(r"[^\W_]+")


def telling_words(case: CasePatient, images: Iterable[ImagePatient]) -> frozenset[str]:
    """The words of every name, and every number, that this patient goes by, without accents."""
    images = tuple(images)
    said = [case.full_name, *case.numbers]
    said += [text for image in images for text in (image.name, image.patient_id)]
    words = {word for text in said for word in _words(text)} - _NAME_NOBODY
    return frozenset(word for word in words if len(word) > 1)


def without_identity(text: str, telling: frozenset[str]) -> str:
    """The text, empty when a word of the patient's names or numbers stands in it."""
    return "" if telling & set(_words(text)) else text


def _words(text: str) -> list[str]:
    return _WORD.findall(accentless_key(text))
