"""Conferences of the Python SDK, with and without a browser; run inside their own network.

    python -m tests.support.sdk_room FOLDER conference|crowd embedded|livekit

writes FOLDER/result.json.

libwebrtc in the SDK ignores the loopback device, so tests run this in a network namespace whose
only other device is a bridge holding 127.0.0.2/8: every packet stays in 127/8.
"""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from livekit import api, rtc
from livekit.protocol import models
from playwright.async_api import Page, async_playwright

from tests.support.engines import engine
from tests.support.media import (
    CHROMIUM_FLAGS,
    KEY,
    ROOM,
    SECRET,
    MediaServer,
    join,
    sees,
    told,
    until,
)

_WIDTH, _HEIGHT = 320, 180


class Person:
    """A participant of the Python SDK with a picture and a tone."""

    def __init__(self, identity: str) -> None:
        self.identity, self.room = identity, rtc.Room()
        self.received: Counter[str] = Counter()
        self.events: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.room.on("track_subscribed", self._on_track)
        for name in ("reconnecting", "reconnected", "disconnected", "track_muted"):
            self.room.on(name, lambda *_, name=name: self.events.append(name))

    async def enter(self, server: MediaServer, single: bool) -> None:
        """Joins by v1 (single connection) or v0, publishes a camera and a microphone."""
        options = rtc.RoomOptions(auto_subscribe=True, single_peer_connection=single)
        await self.room.connect(server.ws, server.token(self.identity), options)
        self.room.local_participant.register_rpc_method("echo", self._echo)
        video, audio = rtc.VideoSource(_WIDTH, _HEIGHT), rtc.AudioSource(48000, 1)
        camera = rtc.LocalVideoTrack.create_video_track("camera", video)
        microphone = rtc.LocalAudioTrack.create_audio_track("microphone", audio)
        publish = self.room.local_participant.publish_track
        await publish(camera, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA))
        await publish(microphone, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        self._spawn(self._film(video))
        self._spawn(self._sing(audio))

    async def hears_and_sees(self, other: str) -> None:
        """Waits for decoded pictures and sound of another."""

        async def enough() -> bool:
            return min(self.received[f"{other} {kind}"] for kind in ("video", "audio")) >= 20

        await until(enough, f"video and audio of {other} at {self.identity}")

    async def leave(self) -> None:
        """Stops everything."""
        for task in self._tasks:
            task.cancel()
        await self.room.disconnect()

    async def _echo(self, call: rtc.RpcInvocationData) -> str:
        return f"echo:{call.payload}"

    def _on_track(self, track: Any, publication: Any, participant: Any) -> None:
        self._spawn(self._read(track, participant.identity))

    async def _read(self, track: Any, identity: str) -> None:
        is_video = track.kind == rtc.TrackKind.KIND_VIDEO
        stream = rtc.VideoStream(track) if is_video else rtc.AudioStream(track)
        async for event in stream:
            samples = np.frombuffer(event.frame.data, np.uint8 if is_video else np.int16)
            if samples.any():
                self.received[f"{identity} {'video' if is_video else 'audio'}"] += 1

    async def _film(self, source: rtc.VideoSource) -> None:
        for count in range(100_000):
            picture = np.full((_HEIGHT, _WIDTH, 4), 255, np.uint8)
            picture[:, count * 4 % _WIDTH :, :3] = 0
            kind = rtc.VideoBufferType.RGBA
            source.capture_frame(rtc.VideoFrame(_WIDTH, _HEIGHT, kind, picture.tobytes()))
            await asyncio.sleep(1 / 15)

    async def _sing(self, source: rtc.AudioSource) -> None:
        phase = np.arange(480) * 2 * np.pi * 440 / 48000
        tone = (np.sin(phase) * 9000).astype(np.int16).tobytes()
        while True:
            await source.capture_frame(rtc.AudioFrame(tone, 48000, 1, 480))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)


async def conference(folder: Path, name: str) -> dict[str, Any]:
    """Everyone meets; what happened, by rule."""
    result: dict[str, Any] = {}
    async with engine(name, folder) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=CHROMIUM_FLAGS
        )
        carol = await join(server, browser, "carol")
        alice, bob = Person("alice"), Person("bob")
        await alice.enter(server, single=True)
        await bob.enter(server, single=False)
        for person, others in ((alice, ("carol", "bob")), (bob, ("carol", "alice"))):
            for other in others:
                await person.hears_and_sees(other)
        await sees(carol, "alice")
        await sees(carol, "bob")
        result["media"] = {"alice": dict(alice.received), "bob": dict(bob.received)}
        result["rpc"] = await alice.room.local_participant.perform_rpc(
            destination_identity="carol", method="echo", payload="hi"
        )
        call = "{destinationIdentity: 'bob', method: 'echo', payload: 'hi'}"
        result["rpc_back"] = await carol.evaluate(f"room.localParticipant.performRpc({call})")
        await bob.room.local_participant.send_text("ế" * 20000, topic="chat")
        await told(carol, "text bob 20000")
        result["api"] = await _moderate(server, alice, carol)
        await told(carol, "participantDisconnected alice")
        result["refused"] = await _refused(server)
        await bob.leave()
        await browser.close()
    return result


class Listener(Person):
    """A person who counts tracks instead of decoding them."""

    def __init__(self, identity: str) -> None:
        super().__init__(identity)
        self.tracks: set[str] = set()

    def _on_track(self, track: Any, publication: Any, participant: Any) -> None:
        self.tracks.add(publication.sid)

    async def _film(self, source: rtc.VideoSource) -> None:
        picture = bytes(_WIDTH * _HEIGHT * 4)
        while True:
            frame = rtc.VideoFrame(_WIDTH, _HEIGHT, rtc.VideoBufferType.RGBA, picture)
            source.capture_frame(frame)
            await asyncio.sleep(0.5)


async def crowd(folder: Path, name: str) -> dict[str, Any]:
    """Eight people come at once, on either kind of connection; everyone gets every track."""
    people = [Listener(f"person-{number}") for number in range(8)]
    async with engine(name, folder) as server:
        entering = [p.enter(server, single=bool(n % 3)) for n, p in enumerate(people)]
        await asyncio.gather(*entering)

        async def complete() -> bool:
            return all(len(person.tracks) == 2 * (len(people) - 1) for person in people)

        await until(complete, "every track at everyone")
        events = [list(person.events) for person in people]
        await asyncio.gather(*(person.leave() for person in people))
    return {"events": events}


async def _moderate(server: MediaServer, alice: Person, carol: Page) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with api.LiveKitAPI(server.http, KEY, SECRET) as client:
        rooms = await client.room.list_rooms(api.ListRoomsRequest())
        found["rooms"] = [room.name for room in rooms.rooms]
        people = await client.room.list_participants(api.ListParticipantsRequest(room=ROOM))
        found["people"] = sorted(person.identity for person in people.participants)
        who = api.RoomParticipantIdentity(room=ROOM, identity="alice")
        record = await client.room.get_participant(who)
        microphone = next(t for t in record.tracks if t.source == api.TrackSource.MICROPHONE)
        muted = await client.room.mute_published_track(
            api.MuteRoomTrackRequest(
                room=ROOM, identity="alice", track_sid=microphone.sid, muted=True
            )
        )
        found["muted"] = muted.track.muted
        found["told"] = await _tell(client, carol, microphone.sid)
        await client.room.remove_participant(who)

        async def gone() -> bool:
            return "disconnected" in alice.events

        await until(gone, "the removed one leaving")
        found["events"] = alice.events
    return found


async def _tell(client: api.LiveKitAPI, carol: Page, sid: str) -> list[str]:
    """What a page learns when the room service speaks, changes and takes away."""
    reached = []
    data = api.SendDataRequest(
        room=ROOM, data=b"notice", kind=models.DataPacket.RELIABLE, destination_identities=["carol"]
    )
    await client.room.send_data(data)
    await told(carol, "data  notice")
    reached.append("data")
    await client.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=ROOM, metadata="m"))
    await told(carol, "roomMetadataChanged m")
    reached.append("room metadata")
    await client.room.update_participant(
        api.UpdateParticipantRequest(room=ROOM, identity="alice", attributes={"hand": "up"})
    )
    await told(carol, "participantAttributesChanged")
    reached.append("attributes")
    await client.room.update_subscriptions(
        api.UpdateSubscriptionsRequest(
            room=ROOM, identity="carol", track_sids=[sid], subscribe=False
        )
    )
    await told(carol, "trackUnsubscribed audio")
    reached.append("unsubscribed")
    return reached


async def _refused(server: MediaServer) -> str:
    try:
        await rtc.Room().connect(server.ws, "not.a.token")
    except rtc.ConnectError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    place = Path(sys.argv[1])
    story = {"conference": conference, "crowd": crowd}[sys.argv[2]]
    (place / "result.json").write_text(json.dumps(asyncio.run(story(place, sys.argv[3]))))
