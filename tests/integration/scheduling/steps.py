"""Steps that several tests take through the HTTP doors."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from scheduling.completeness import MaterialFacts
from tests.support.conference import Conference
from tests.support.core import person_id

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam
THURSDAY = "2026-11-26"
FULL_CASE: dict[str, Any] = {
    "patient_full": {
        "full_name": "Lường Văn Minh Hoạ",
        "birth_date": "1954-03-02",
        "sex": "M",
        "personal_id_number": "099054000001",
        "local_patient_code": "NK-240001",
    },
    "encounter": {"medical_record_no": "NK.26.018834", "admitted_on": "2026-11-20"},
    "diagnosis": {"main_icd10": "I62.0", "main_text": "Máu tụ dưới màng cứng mạn tính"},
    "consultation_reason": "beyond_capability",
    "clinical_summary": "Nam 72 tuổi, đau đầu tăng dần 3 tuần.",
    "questions": [{"text": "Có chỉ định khoan sọ dẫn lưu?"}, {"text": "Có cần chuyển tuyến?"}],
    "specialties": ["Ngoại thần kinh"],
}
CONSENT: dict[str, Any] = {
    "basis": "consent",
    "given_by": "patient",
    "method": "signed_paper",
    "given_at": "2026-11-23T01:00:00Z",
    "share": True,
    "record": True,
}
EMERGENCY: dict[str, Any] = {
    "basis": "emergency",
    "given_by": "patient",
    "method": "verbal_witnessed",
    "given_at": "2026-11-23T01:00:00Z",
    "emergency_reason": "Hôn mê, chưa liên lạc được gia đình",
    "confirmed_by": str(person_id("dongnghiep")),
}


async def weekly_series(meeting: Conference, **changes: Any) -> dict[str, Any]:
    """The hub's Thursday series."""
    body = {
        "title": "Hội chẩn tuần",
        "chair_id": str(person_id("chutoa")),
        "secretary_id": str(person_id("thuky")),
    }
    made: dict[str, Any] = await meeting.call(
        "dieuphoi", "POST", "/api/series", body | changes, 201
    )
    return made


async def this_weeks_session(meeting: Conference) -> dict[str, Any]:
    """The first session of the series, opened."""
    calendar = await meeting.call("dieuphoi", "GET", "/api/calendar")
    session_id = calendar["sessions"][0]["id"]
    opened: dict[str, Any] = await meeting.call(
        "dieuphoi", "POST", f"/api/sessions/{session_id}/open", {}
    )
    return opened


async def draft(meeting: Conference, username: str = "bacsi", **content: Any) -> dict[str, Any]:
    """A draft with everything written."""
    case = await meeting.call(username, "POST", "/api/cases", {}, 201)
    saved: dict[str, Any] = await meeting.call(
        username, "PATCH", f"/api/cases/{case['id']}", {"version": 1} | FULL_CASE | content
    )
    return saved


async def submitted(
    meeting: Conference, consent: dict[str, Any] | None = CONSENT
) -> dict[str, Any]:
    """A case sent to this week's session, with images and an excerpt on file."""
    case = await draft(meeting)
    meeting.material.known[UUID(case["id"])] = MaterialFacts(1, 210, True, True)
    if consent is not None:
        await meeting.call("bacsi", "PUT", f"/api/cases/{case['id']}/consent", consent)
    sent: dict[str, Any] = await meeting.call(
        "bacsi", "POST", f"/api/cases/{case['id']}/submit", {}
    )
    return sent
