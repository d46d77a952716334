from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.content import CaseContent, patched, warnings
from telehealth.demo.story import WEEKLY_DAY, ZONE, Week, content_of, key_id, told, wanted_images

times = st.datetimes(datetime(2024, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_nothing_of_the_story_is_lost() -> None:
    assert [len(told()[key]) for key in ("facilities", "staff", "sessions", "cases")] == [
        5,
        20,
        3,
        12,
    ]
    assert told()["meta"]["fictional"] is True
    assert all(c["patient"]["personal_id_number"].startswith("099") for c in told()["cases"])


@given(now=times)
def test_the_first_session_is_a_thursday_whose_two_o_clock_is_to_come(now: datetime) -> None:
    session = Week(now).first_session
    begins = datetime.combine(session, time(14), ZONE)
    assert timedelta(hours=2) < begins - now <= timedelta(days=7, hours=2)
    assert session.weekday() == WEEKLY_DAY


@given(now=times)
def test_every_case_is_acceptable_whenever_the_demo_is_told(now: datetime) -> None:
    week = Week(now)
    for case in told()["cases"]:
        written = patched(
            CaseContent(), content_of(case, week), key_id("case", case["key"]), 2, week.today
        )
        assert written.patient_full.is_known
        assert all(image.study_date <= week.today for image in wanted_images(case, week))
        slugs = {warning.slug for warning in warnings(written)}
        # Only the province digits of the invented numbers are odd, and nobody checks those.
        assert slugs <= {"personal-id-birth-year", "personal-id-sex"}, (case["key"], slugs)
