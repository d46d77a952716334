"""PACS peers and pulls over PostgreSQL."""

from tests.integration.telehealth.test_pacs import (
    test_pa9_search_fetch_and_check_between_two_of_us,
    test_pa12_what_arrived_is_attached_once_by_its_own_hospital,
    test_peer_is_added_changed_and_removed,
)
