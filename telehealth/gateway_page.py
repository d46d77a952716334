"""The gateway's own page: what waits, when the last object went, what is wrong, room on the disk.

Counts and times only: no patient, no study, no file name.
"""

import asyncio
import html
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from telehealth.gateway_sending import Sending
from telehealth.gateway_texts import TEXTS, language_of

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Refresh": "10",
}
_STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2526;background:#f4f5f3}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.5rem 1.5rem;"
    "background:#fff;border-radius:14px;padding:1.25rem}"
    "dt{color:#5b6668}dd{margin:0;font-weight:600}"
    ".bad{color:#a3260f}.good{color:#1d6b2f}"
)


@dataclass(frozen=True)
class GatewayPage:
    """The state of one gateway as a page and as JSON."""

    name: str
    home: Path
    sending: Sending

    def app(self) -> Starlette:
        """Both addresses; the page asks nothing of anybody."""
        return Starlette(
            routes=[Route("/", self._page), Route("/status.json", self._json)],
        )

    async def _state(self) -> dict[str, Any]:
        totals = await asyncio.to_thread(self.sending.queue.totals)
        disk = await asyncio.to_thread(shutil.disk_usage, self.home)
        at, near = self.sending.delivered_at, self.sending.near
        return {
            "waiting_files": totals.files,
            "waiting_bytes": totals.bytes,
            "refused_files": totals.refused,
            "delivered_files": self.sending.delivered,
            "delivered_at": at.isoformat() if at else None,
            "trouble": self.sending.trouble or (near.trouble if near else ""),
            "disk_free_bytes": disk.free,
            "near_packs": len(near.whole) if near else None,
            "near_wanted": near.wanted if near else None,
        }

    async def _json(self, _request: Request) -> Response:
        return JSONResponse(await self._state(), headers={"Cache-Control": "no-store"})

    async def _page(self, request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        words = TEXTS[language]
        state = await self._state()
        rows = "".join(
            f"<dt>{html.escape(words[key])}</dt><dd>{html.escape(value)}</dd>"
            for key, value in _values(state, words).items()
        )
        trouble = str(state["trouble"])
        told = html.escape(
            words.get(f"trouble.{trouble}", words["trouble"]) if trouble else words["well"]
        )
        return HTMLResponse(
            f"<!doctype html><html lang={language}><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width">'
            f"<title>{html.escape(words['title'])}</title><style>{_STYLE}</style>"
            f"<h1>{html.escape(words['title'])}</h1><p>{html.escape(self.name)}</p>"
            f"<p class={'bad' if trouble else 'good'} role=status>{html.escape(told)}</p>"
            f"<dl>{rows}</dl></html>",
            headers=_HEADERS,
        )


def _values(state: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, str]:
    near = f"{state['near_packs']}/{state['near_wanted']}"
    return {
        "waiting": f"{state['waiting_files']} ({_megabytes(state['waiting_bytes'])})",
        "delivered": str(state["delivered_files"]),
        "last": state["delivered_at"] or words["never"],
        "refused": str(state["refused_files"]),
        "disk": _megabytes(state["disk_free_bytes"]),
    } | ({} if state["near_packs"] is None else {"near": near})


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.1f} GB"
