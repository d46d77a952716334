"""Prints the minutes: JSON values into a typst form, PDF/A-2b out, the same bytes everywhere."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

import typst

_HERE = Path(__file__).parent
_compiling = Lock()


def minutes_pdf(values: Mapping[str, Any], printed_at: datetime, draft: bool) -> bytes:
    """PDF/A-2b (ISO 19005-2) of the printed values; a draft carries the watermark "BẢN NHÁP".

    Takes tens of milliseconds of a core: call it in a thread. Values reach the form as data, never
    as markup, so nothing a person types can change the form.
    """
    data = json.dumps({**values, "draft": draft}, ensure_ascii=False)
    with _compiling:  # one compiler keeps the parsed fonts; it is not made for two threads
        pdf = _compiler().compile(
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=["a-2b"],
            timestamp=int(printed_at.timestamp()),
        )
    return cast(bytes, pdf)  # typst types it for several pages of images too


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(_HERE / "minutes.typ"),
        root=str(_HERE),
        font_paths=[str(_HERE / "fonts")],
        ignore_system_fonts=True,
    )
