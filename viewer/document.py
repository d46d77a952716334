"""PDF documents from outside: is it really one, how many pages; runs in a pool process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdf
from pypdf.errors import PyPdfError

from viewer.study import Refusal

DOCUMENT_BYTES_MAX: Final = 25 << 20
PAGES_MAX: Final = 2000
_MAGIC: Final = b"%PDF-"
_MAGIC_WITHIN_BYTES: Final = 1024  # readers allow some bytes before it (ISO 32000-1 Annex H)


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What is known of a readable PDF."""

    pages: int


def read_pdf(path: Path) -> PdfFacts | Refusal:
    """The facts of a PDF that can be opened without a password, or why not."""
    with path.open("rb") as file:
        if _MAGIC not in file.read(_MAGIC_WITHIN_BYTES):
            return Refusal("not-pdf")
    try:
        reader = pypdf.PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return Refusal("pdf-encrypted")
        pages = len(reader.pages)
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError) as error:
        return Refusal("pdf-damaged", type(error).__name__)
    except (AssertionError, NotImplementedError, RecursionError, TypeError, ValueError) as error:
        return Refusal("pdf-damaged", type(error).__name__)
    if not 0 < pages <= PAGES_MAX:
        return Refusal("pdf-damaged", f"{pages} pages")
    return PdfFacts(pages)
