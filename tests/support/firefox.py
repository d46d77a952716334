"""Debian's Firefox with a fake camera and microphone, driven by WebDriver BiDi.

Playwright drives only a Firefox of its own, and Debian has no geckodriver; but Firefox itself
answers BiDi (https://www.w3.org/TR/webdriver-bidi/) on a WebSocket. What tests of the media
protocol use of Playwright's pages is here under the same names.
"""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.ports import free_port

PROGRAM = "/usr/bin/firefox-esr"
_START_SECONDS, _CALL_SECONDS = 60, 90
_PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.gmp-manager.updateEnabled": False,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.update.enabled": False,
    "browser.search.update": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "data:,",
}
# As Playwright's page.evaluate: an expression, or a function that gets the argument.
_EVALUATE = """async (code, argument) => {
  const value = (0, eval)(`(${code})`);
  return JSON.stringify(await (typeof value === 'function' ? value(JSON.parse(argument)) : value));
}"""


class FirefoxError(Exception):
    """What the page threw, or Firefox refused."""


class Firefox:
    """One browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One BiDi command; FirefoxError if it fails."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        command = {"id": number, "method": method, "params": parameters}
        await self._socket.send(json.dumps(command))
        message = await asyncio.wait_for(answer, _CALL_SECONDS)
        if message["type"] == "error":
            raise FirefoxError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    async def new_context(self) -> "FirefoxContext":
        """Cookies and storage of its own."""
        made = await self.call("browser.createUserContext")
        return FirefoxContext(self, made["userContext"])

    async def close(self) -> None:
        """Ends the session."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            waiting = self._waiting.pop(message.get("id") or 0, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)


class FirefoxContext:
    """As Playwright's BrowserContext."""

    def __init__(self, firefox: Firefox, name: str) -> None:
        self._firefox, self._name = firefox, name

    async def new_page(self) -> "FirefoxPage":
        """A tab."""
        made = await self._firefox.call(
            "browsingContext.create", type="tab", userContext=self._name, background=False
        )
        return FirefoxPage(self._firefox, made["context"])


class FirefoxPage:
    """As Playwright's Page, as far as media tests need it."""

    def __init__(self, firefox: Firefox, name: str) -> None:
        self._firefox, self._name = firefox, name

    async def goto(self, url: str) -> None:
        """Loads a page."""
        await self._firefox.call(
            "browsingContext.navigate", context=self._name, url=url, wait="complete"
        )

    async def reload(self) -> None:
        """Loads it again."""
        await self._firefox.call("browsingContext.reload", context=self._name, wait="complete")

    async def evaluate(self, code: str, argument: Any = None) -> Any:
        """An expression's value, or what a function gives for `argument`; promises are awaited."""
        values = [code, json.dumps(argument)]
        answer = await self._firefox.call(
            "script.callFunction",
            functionDeclaration=_EVALUATE,
            awaitPromise=True,
            target={"context": self._name},
            arguments=[{"type": "string", "value": value} for value in values],
            userActivation=True,
        )
        if answer["type"] == "exception":
            raise FirefoxError(answer["exceptionDetails"]["text"])
        value = answer["result"]
        return json.loads(value["value"]) if value["type"] == "string" else None


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    """A browser with a fresh profile in `folder`."""
    profile, port = folder / "firefox", free_port()
    profile.mkdir()
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in _PREFERENCES.items()
    ]
    (profile / "user.js").write_text("\n".join(lines))
    with (folder / "firefox.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "--headless", "--no-remote", "--profile", str(profile)),
            *("--remote-debugging-port", str(port)),
            env={**os.environ, "HOME": str(folder), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            stdout=log,
            stderr=log,
        )
    try:
        async with await _connected(port) as socket:
            browser = Firefox(socket)
            await browser.call("session.new", capabilities={})
            yield browser
            await browser.close()
    finally:
        process.terminate()
        await process.wait()


async def _connected(port: int) -> ClientConnection:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            try:
                return await connect(
                    f"ws://127.0.0.1:{port}/session", proxy=None, max_size=None, ping_interval=None
                )
            except OSError:
                await asyncio.sleep(0.1)
