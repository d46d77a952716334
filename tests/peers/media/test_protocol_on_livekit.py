"""The media protocol's rules, held against livekit-server too. Rules: docs/media-protocol.md.

What runs here on the other engine runs in tests/integration/media on ours.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.media.test_browsers import test_j1_two_browsers_see_and_hear_each_other
from tests.integration.media.test_conversation import (
    test_d1_texts_packets_calls_and_attributes_pass_through,
    test_j2_without_devices_one_still_sees_and_hears,
    test_j3_the_same_person_again_takes_the_place,
    test_j4_a_hidden_participant_receives_unseen,
    test_p1_mute_unpublish_republish_leave,
    test_p2_a_shared_screen_without_simulcast_beside_the_camera,
    test_r1_a_lost_signal_connection_resumes_without_a_gap,
    test_r2_a_full_reconnect_brings_everything_back,
    test_s1_a_receiver_chooses_the_layer,
    test_s2_subscription_permission_cuts_and_restores,
    test_v1_active_speakers_are_told,
)
from tests.integration.media.test_doors import (
    service,
    test_h1_validate_tells_the_status_to_any_origin,
    test_h2_a_refusal_is_an_http_status_before_the_socket_opens,
    test_h3_room_service_speaks_protobuf_and_json,
    test_h4_the_product_controls_a_room_by_room_service,
    test_h5_webhooks_are_signed_and_in_order,
)
from tests.peers.media.test_tap import (
    test_a_removed_tap_does_not_come_back,
    test_r10_a_voice_is_written_as_it_was_spoken,
    test_r11_a_muted_minute_is_as_long_in_the_file,
)
from tests.support.livekit_media import livekit_media
from tests.support.media import MediaServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MediaServer]:
    async with livekit_media(tmp_path) as server:
        yield server
