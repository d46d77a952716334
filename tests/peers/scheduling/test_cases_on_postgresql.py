"""Cases over PostgreSQL."""

from tests.integration.scheduling.test_cases import (
    session,
    test_a_broken_identity_is_missing_until_settled,
    test_a_coordinator_names_a_presenter_of_the_own_hospital,
    test_a_draft_grows_by_autosave_and_every_version_is_kept,
    test_a_specialist_of_the_session_reads_the_case_without_the_identity,
    test_a_submission_finds_the_next_session_or_says_there_is_none,
    test_a_submission_without_questions_or_reason_says_so,
    test_an_emergency_opens_the_gate_but_never_a_recording,
    test_before_consent_other_hospitals_see_only_that_it_exists,
    test_consent_opens_the_gate_and_withdrawal_shuts_it,
    test_hostile_bodies_are_never_a_server_error,
    test_lists_narrow_search_and_turn_pages,
    test_reading_patient_data_leaves_a_trail_without_patient_words,
    test_sending_back_needs_a_reason_and_the_doctor_sends_again,
    test_two_people_saving_at_once_lose_nothing,
    test_without_a_contract_no_case_is_accepted,
)
