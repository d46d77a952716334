"""Values of a closed case for the tests of this room; the people are invented."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from recordings.minutes import (
    Answer,
    Disposition,
    MinutesContent,
    PersonId,
    Question,
    QuestionId,
    Task,
)
from recordings.minutes_form import (
    Attendance,
    FormEncounter,
    FormHospital,
    FormPatient,
    FormPerson,
    MinutesForm,
    ShownStudy,
)

CONSULTED_AT = datetime(2026, 11, 26, 7, 5, tzinfo=UTC)
HUB = "Bệnh viện Trung ương Lạc Việt (hư cấu)"
SPOKE = "Bệnh viện Đa khoa khu vực Nậm Khê (hư cấu)"
CHAIR = FormPerson("Hoàng Minh Hoạ", "TS.BS.", HUB)
SECRETARY = FormPerson("Trần Thị Mẫu", "ThS.BS.", HUB)
EXPERT_ID = PersonId(UUID(int=31))
EXPERT = FormPerson("Lê Thị Giả Định", "BSCKII.", HUB)
STUDY_UID = "2.25.329800735698586629295641978511506172918"


def some_questions() -> tuple[Question, ...]:
    """Two numbered questions."""
    texts = ("Có chỉ định khoan sọ dẫn lưu tại chỗ?", "INR mục tiêu trước can thiệp là bao nhiêu?")
    return tuple(
        Question(QuestionId(UUID(int=100 + n)), n, text) for n, text in enumerate(texts, 1)
    )


def some_content() -> MinutesContent:
    """Complete minutes; one answer carries what a markup language would read as its own."""
    first, second = some_questions()
    return MinutesContent(
        course_summary="Nam 72 tuổi, đau đầu tăng dần 3 tuần.\nGlasgow 14 điểm.",
        discussion="Khối máu tụ nhiều giai đoạn.",
        conclusion="Có chỉ định can thiệp dẫn lưu.",
        next_treatment="Khoan sọ dẫn lưu trong 24 giờ tới.",
        diagnosis_after="Máu tụ dưới màng cứng mạn tính",
        prognosis="Dè dặt",
        disposition=Disposition.TREAT_LOCALLY,
        answers=(
            Answer(first.id, "Có, khi INR < 1,4 [tại chỗ] #đặc_biệt $x$ *", EXPERT_ID),
            Answer(second.id, "Dưới 1,4."),
        ),
        tasks=(Task("Gửi lại CT kiểm tra sau mổ", "BS. trình bệnh", date(2026, 11, 29)),),
    )


def some_form() -> MinutesForm:
    """The prefilled part of the form."""
    end = CONSULTED_AT + timedelta(minutes=20)
    return MinutesForm(
        hospital=FormHospital("Sở Y tế tỉnh Mẫu", SPOKE, "Ngoại tổng hợp", "00101"),
        patient=FormPatient("Lường Văn Minh Hoạ", date(1954, 3, 2), "day", "M", "NK-240001"),
        encounter=FormEncounter(
            "NK.26.018834", "", date(2026, 11, 23), None, "B12", "P.305", "Ngoại tổng hợp"
        ),
        diagnosis_text="Máu tụ dưới màng cứng mạn tính bán cầu phải",
        diagnosis_icd10=("I62.0", "I10"),
        consulted_at=CONSULTED_AT,
        session_label="Hội chẩn từ xa tuần 48/2026",
        case_label="Ca số 1",
        chair=CHAIR,
        secretary=SECRETARY,
        attendance=(
            Attendance(CHAIR, "chair", CONSULTED_AT, end),
            Attendance(EXPERT, "member", CONSULTED_AT, None),
        ),
        images_shown=(ShownStudy(STUDY_UID, "CT sọ não không tiêm", date(2026, 11, 23)),),
        consultation_reason="Vượt khả năng chuyên môn",
        legal_basis="người bệnh đồng ý bằng văn bản",
        recording="có, người bệnh đồng ý",
    )
