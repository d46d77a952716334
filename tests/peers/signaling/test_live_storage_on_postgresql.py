"""The live log over PostgreSQL."""

from tests.integration.signaling.test_live_storage import (
    storage,
    test_a_new_session_is_empty,
    test_effects_and_events_are_stored_together_or_not_at_all,
    test_five_thousand_events_page,
    test_ll4_a_known_client_id_is_told_with_its_number,
    test_ll8_events_come_back_as_written,
    test_ll10_only_events_after_the_snapshot_are_read,
    test_ll11_a_number_that_is_taken_is_refused,
    test_pr4_stays_are_kept_and_open_ones_end_when_last_seen,
)
