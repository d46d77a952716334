"""The week over PostgreSQL."""

from tests.integration.scheduling.test_week import (
    test_a_cancelled_week_does_not_come_back,
    test_a_decreed_day_off_clashes_at_once_and_may_be_kept,
    test_a_holiday_is_a_clash_to_decide_and_never_a_silent_skip,
    test_a_shorter_agenda_then_a_locked_one_then_the_end,
    test_an_emergency_session_is_open_at_once,
    test_consent_is_counted_in_lists,
    test_directory_is_searched_without_accents_and_by_role,
    test_eight_weeks_are_always_published,
    test_from_series_to_agenda_to_the_end_of_the_meeting,
    test_people_get_seats_answer_and_find_their_session_in_their_feed,
    test_postponing_moves_the_session_and_the_series_remembers,
    test_skip_extra_and_a_changed_weekday,
    test_what_was_not_heard_waits_for_the_next_session,
)
