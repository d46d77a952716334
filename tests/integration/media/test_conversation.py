"""What people do in a room, with unmodified livekit-client. Rules: docs/media-protocol.md."""

import os
import signal
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.support.media import MediaServer, join, media_grows, process_behind, sees, told, until

MODES = pytest.mark.parametrize(
    "mode", [{"singlePeerConnection": True}, {"singlePeerConnection": False}], ids=["v1", "v0"]
)


@MODES
async def test_j2_without_devices_one_still_sees_and_hears(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode)
    guest = await join(server, browser, "guest", devices=False, options=mode, can_publish=False)
    await sees(guest, "carol")
    refused = "room.localParticipant.setMicrophoneEnabled(true).then(() => '', e => e.message)"
    assert "permission" in (await guest.evaluate(refused)).lower()
    await told(carol, "participantConnected guest")
    assert await carol.evaluate("room.remoteParticipants.get('guest').trackPublications.size") == 0


@MODES
async def test_p1_mute_unpublish_republish_leave(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode)
    dave = await join(server, browser, "dave", options=mode)
    await sees(dave, "carol")
    await carol.evaluate("room.localParticipant.setMicrophoneEnabled(false)")
    await told(dave, "trackMuted")
    await carol.evaluate("room.localParticipant.setMicrophoneEnabled(true)")
    await told(dave, "trackUnmuted")
    await carol.evaluate(
        "room.localParticipant.unpublishTrack("
        "room.localParticipant.getTrackPublication('camera').track)"
    )
    await told(dave, "trackUnpublished")
    await told(dave, "trackUnsubscribed video")
    await carol.evaluate("room.localParticipant.setCameraEnabled(true)")
    await media_grows(dave, "carol video", "decoded")
    await carol.evaluate("room.disconnect()")
    await told(dave, "participantDisconnected carol")
    assert await dave.evaluate("room.remoteParticipants.size") == 0


@MODES
async def test_p2_a_shared_screen_without_simulcast_beside_the_camera(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode, devices=False)
    dave = await join(server, browser, "dave", options=mode, devices=False)
    await carol.evaluate("shareCanvas()")
    await media_grows(dave, "carol video", "decoded")
    await dave.evaluate("shareCanvas()")
    await media_grows(carol, "dave video", "decoded")
    source = "[...room.remoteParticipants.get('carol').trackPublications.values()][0].source"
    assert await dave.evaluate(source) == "screen_share"
    await dave.reload()
    again = await join(server, browser, "dave", options=mode, devices=False)
    await media_grows(again, "carol video", "decoded")


@MODES
async def test_j3_the_same_person_again_takes_the_place(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode)
    dave = await join(server, browser, "dave", options=mode)
    again = await join(server, browser, "carol", options=mode)
    await told(carol, "disconnected 2")  # DisconnectReason.DUPLICATE_IDENTITY
    await sees(again, "dave")
    await sees(dave, "carol")


@MODES
async def test_d1_texts_packets_calls_and_attributes_pass_through(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode, devices=False)
    dave = await join(
        server, browser, "dave", options=mode, devices=False, can_update_own_metadata=True
    )
    await told(carol, "participantConnected dave")
    text = "'ế'.repeat(20000)"
    await dave.evaluate(f"room.localParticipant.sendText({text}, {{topic: 'chat'}})")
    await told(carol, "text dave 20000")
    await dave.evaluate(
        "room.localParticipant.publishData(new TextEncoder().encode('pointer'), {reliable: false})"
    )
    await told(carol, "data dave pointer")
    call = "{destinationIdentity: 'dave', method: 'echo', payload: 'hi'}"
    answer = await carol.evaluate(f"room.localParticipant.performRpc({call})")
    assert answer == "echo:hi"
    await dave.evaluate("room.localParticipant.setAttributes({hand: 'up'})")
    await told(carol, "participantAttributesChanged")
    assert await carol.evaluate("room.remoteParticipants.get('dave').attributes.hand") == "up"
    refused = "room.localParticipant.setAttributes({hand: 'up'}).then(() => '', e => e.name)"
    assert await carol.evaluate(refused) == "SignalRequestError"


@MODES
async def test_r1_a_lost_signal_connection_resumes_without_a_gap(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode)
    dave = await join(server, browser, "dave", options=mode)
    await sees(dave, "carol")
    sid = await carol.evaluate("room.localParticipant.sid")
    await carol.evaluate("room.simulateScenario('signal-reconnect')")
    await told(carol, "reconnected")
    assert await carol.evaluate("room.localParticipant.sid") == sid
    await sees(dave, "carol")
    await sees(carol, "dave")
    await carol.evaluate("room.localParticipant.setAttributes({}).catch(() => 0)")
    assert not any("participantDisconnected" in line for line in await dave.evaluate("seen"))


@MODES
async def test_r2_a_full_reconnect_brings_everything_back(
    server: MediaServer, browser: Browser, mode: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=mode)
    dave = await join(server, browser, "dave", options=mode)
    await sees(dave, "carol")
    await carol.evaluate("room.simulateScenario('full-reconnect')")
    await told(carol, "reconnected")
    await sees(dave, "carol")
    await sees(carol, "dave")


@MODES
async def test_s1_a_receiver_chooses_the_layer(
    server: MediaServer, browser: Browser, mode: dict[str, Any]
) -> None:
    large = {"videoCaptureDefaults": {"resolution": {"width": 1280, "height": 720}}}
    await join(server, browser, "carol", options=mode | large)
    dave = await join(server, browser, "dave", options=mode)
    await sees(dave, "carol")
    for quality, width in ((0, 320), (2, 1280), (1, 640)):
        await dave.evaluate(
            "quality => room.remoteParticipants.get('carol').getTrackPublication('camera')"
            ".setVideoQuality(quality)",
            quality,
        )

        async def has_width(expected: int = width) -> bool:
            video = (await dave.evaluate("stats()"))["carol video"]
            return bool(video["width"] == expected)

        await until(has_width, f"width {width}")
        await media_grows(dave, "carol video", "decoded")
    assert (await dave.evaluate("stats()"))["carol video"]["freezes"] <= 1


async def test_s2_subscription_permission_cuts_and_restores(
    server: MediaServer, browser: Browser
) -> None:
    carol = await join(server, browser, "carol")
    dave = await join(server, browser, "dave")
    await sees(dave, "carol")
    await carol.evaluate("room.localParticipant.setTrackSubscriptionPermissions(false, [])")
    await told(dave, "trackSubscriptionPermissionChanged")
    await told(dave, "trackUnsubscribed")
    await carol.evaluate("room.localParticipant.setTrackSubscriptionPermissions(true)")
    await sees(dave, "carol")


async def test_v1_active_speakers_are_told(server: MediaServer, browser: Browser) -> None:
    carol = await join(server, browser, "carol")
    dave = await join(server, browser, "dave", devices=False)

    async def speaks() -> bool:
        return bool(await dave.evaluate("room.activeSpeakers.some(p => p.identity === 'carol')"))

    async def is_silent() -> bool:
        return not await speaks()

    await until(speaks, "carol speaking")
    await carol.evaluate("room.localParticipant.setMicrophoneEnabled(false)")
    await until(is_silent, "carol silent")


async def test_j4_a_hidden_participant_receives_unseen(
    server: MediaServer, browser: Browser
) -> None:
    carol = await join(server, browser, "carol")
    recorder = await join(
        server, browser, "recorder", devices=False, hidden=True, recorder=True, can_publish=False
    )
    await sees(recorder, "carol")
    assert await carol.evaluate("room.remoteParticipants.size") == 0
    assert await carol.evaluate("room.isRecording") is True


async def test_w1_a_killed_worker_is_replaced_and_all_come_back(
    server: MediaServer, browser: Browser, other_browser: Browser
) -> None:
    carol = await join(server, browser, "carol")
    dave = await join(server, other_browser, "dave")
    await sees(dave, "carol")
    for path in server.sockets:
        os.kill(process_behind(path), signal.SIGKILL)
    await told(carol, "reconnected", 90)
    await told(dave, "reconnected", 90)
    await sees(dave, "carol")
