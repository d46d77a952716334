"""Text as people type and paste it, made fit to store and compare: NFC, no control characters."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# PostgreSQL cannot store NUL at all; the others have no meaning in a medical text.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return the text in NFC with plain line breaks; raise ValueError on half a surrogate pair."""
    if _SURROGATES.search(text):
        raise ValueError("lone surrogate")
    plain = _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text))
    return unicodedata.normalize("NFC", plain)


def clean_line(text: str) -> str:
    """Return the text on one line with single spaces."""
    return " ".join(clean(text).split())


def _written(text: str) -> str:
    if not text:
        raise ValueError("empty")
    return text


Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(clean_line)]
ShortLine = Annotated[str, StringConstraints(max_length=120), AfterValidator(clean_line)]
Title = Annotated[Line, AfterValidator(_written)]
# HIS limits seen in the wild (domain.md 8.3): course 4000, request 1000, others 2000. Ours are
# wider; `content.long_fields` warns where a target EMR would cut.
LongText = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(clean)]
