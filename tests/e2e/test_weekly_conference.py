"""The weekly conference from submission to the filed record, each person at their own browser.

One story, told once: each chapter stands on the one before, as on a real Thursday.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.e2e import material
from tests.e2e.people import picture, sign_in
from tests.e2e.story import Conference
from tests.e2e.week_after import (
    nothing_left_the_house,
    the_minutes_are_closed_and_hold_what_was_said,
    the_record_has_arrived,
    the_replay_shows_the_same_slices,
    the_trail_says_who_opened_what,
)
from tests.e2e.week_before import (
    the_coordinator_orders_the_agenda,
    the_coordinator_sees_the_week,
    the_doctor_submits_a_case,
)
from tests.e2e.week_images import (
    no_image_came_by_the_line,
    signing_out_leaves_nothing,
    the_images_are_fetched_ahead,
)
from tests.e2e.week_in_room import (
    a_length_is_marked_and_the_case_recorded,
    a_reload_lands_in_the_same_state,
    all_join_and_hear_each_other,
    the_chair_opens_the_case_and_control_goes_round,
    the_chair_writes_and_moves_on,
    the_session_ends,
)
from tests.support.installation import Installation


@pytest.mark.timeout(1200)
async def test_weekly_conference_from_submission_to_the_filed_record(
    installation: Installation,
    browsers: Callable[[], Awaitable[Browser]],
    tmp_path: Path,
    pictures: Path,
) -> None:
    names = ("coord.hub", "chair1", "pr.nk", "sp.neuro")
    signed_in = [await sign_in(await browsers(), installation.url, name) for name in names]
    story = Conference(*signed_in)
    await the_coordinator_sees_the_week(story)
    await the_doctor_submits_a_case(story, material.folder(tmp_path / "phim", "19640305"))
    await the_coordinator_orders_the_agenda(story)
    fetched = await the_images_are_fetched_ahead(story)
    await picture(story.coordinator, pictures, "readiness")
    await picture(story.doctor, pictures, "kept")
    await all_join_and_hear_each_other(story)
    await the_chair_opens_the_case_and_control_goes_round(story, pictures)
    recorded = await a_length_is_marked_and_the_case_recorded(story)
    await a_reload_lands_in_the_same_state(story)
    await the_chair_writes_and_moves_on(story, pictures)
    no_image_came_by_the_line(story, fetched)
    await the_session_ends(story)
    await the_minutes_are_closed_and_hold_what_was_said(story)
    await the_record_has_arrived(story, installation.folder / "var")
    await the_replay_shows_the_same_slices(story, recorded)
    await the_trail_says_who_opened_what(await browsers(), installation, story)
    await signing_out_leaves_nothing(story)
    nothing_left_the_house(story, installation)
