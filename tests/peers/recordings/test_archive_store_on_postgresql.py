"""The ledger over PostgreSQL (docs/archive.md, AR-10 to AR-24)."""

from tests.integration.recordings.test_archive_store import (
    test_a_step_comes_back_as_it_was_kept,
    test_ar10_a_plan_stands_or_falls_with_its_transaction,
    test_ar11_many_workers_never_share_a_step_or_a_lane,
    test_ar12_a_failed_step_holds_back_the_later_ones_of_its_case_only,
    test_ar12_a_lane_takes_the_steps_of_a_case_in_order,
    test_ar13_what_needs_a_person_lets_others_pass_but_not_what_needs_it,
    test_ar14_a_dead_workers_step_is_taken_over_and_the_dead_cannot_write,
    test_ar15_a_sent_step_is_claimed_for_its_proof_only,
)
