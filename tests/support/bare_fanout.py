"""The floor of the live log: uvicorn and wsproto, every text to everybody, nothing else.

`python -m tests.support.bare_fanout FD`
"""

import socket
import sys

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

_everybody: set[WebSocket] = set()


async def fan_out(websocket: WebSocket) -> None:
    await websocket.accept()
    _everybody.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for other in list(_everybody):
                await other.send_text(text)
    except WebSocketDisconnect:
        _everybody.discard(websocket)


async def main(fd: int) -> None:
    app = Starlette(routes=[WebSocketRoute("/live/{session}", fan_out)])
    config = uvicorn.Config(
        app, ws="wsproto", log_level="critical", lifespan="off", ws_per_message_deflate=False
    )
    await uvicorn.Server(config).serve(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
