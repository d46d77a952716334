"""Values of a closed case for the tests of this room; the people are invented."""

from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from pydicom import Dataset
from pydicom.uid import CTImageStorage

from recordings.archive_snapshot import ArchiveSnapshot, KeptMark, KeptRecording, KeyImage
from recordings.archive_step import ArchivedFile
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
CASE_ID, FACILITY_ID = UUID(int=0xCA5E), UUID(int=0xFAC)
SERIES_UID = "2.25.117400930116312011213021720810250164371"
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


def ct_header(number: int, study_uid: str = STUDY_UID) -> Dataset:
    """The header of a small CT slice."""
    image = Dataset()
    image.SpecificCharacterSet = "ISO_IR 192"
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = f"2.25.{uuid5(NAMESPACE_OID, f'{study_uid}/{number}').int}"
    image.StudyInstanceUID = study_uid
    image.SeriesInstanceUID = SERIES_UID
    image.FrameOfReferenceUID = f"{SERIES_UID}1"[:64]
    image.PatientName = "Lường^Văn Minh Hoạ"
    image.PatientID = "NK-240001"
    image.PatientBirthDate, image.PatientSex = "19540302", "M"
    image.StudyDate, image.StudyTime, image.StudyID = "20261123", "090000", "1"
    image.AccessionNumber, image.ReferringPhysicianName = "ACC1", ""
    image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 2, number
    image.BodyPartExamined, image.PatientPosition = "HEAD", "HFS"
    image.PositionReferenceIndicator = ""
    image.Manufacturer = "x"
    image.Rows = image.Columns = 64
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = 0
    image.PixelSpacing = [0.5, 0.5]
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.ImagePositionPatient = [0, 0, 5.0 * number]
    return image


VALUES = {
    "length": "15,8 mm",
    "angle": "53,1°",
    "ellipse": "60,9 mm² · TB 43,2 ± 12,1 HU · 3 đến 88 HU",
}


def some_snapshot(pdf: ArchivedFile, recordings: tuple[KeptRecording, ...] = ()) -> ArchiveSnapshot:
    """A closed case with two key images, marks on two slices, and what is given."""
    images = [ct_header(number) for number in (1, 2, 3)]
    first, second = images[0], images[1]

    def mark(number: int, kind: str, image: Dataset, *points: tuple[float, float]) -> KeptMark:
        place = (image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID)
        text = "Ổ máu tụ" if kind == "text" else ""
        value = VALUES.get(kind, "")
        return KeptMark(UUID(int=number), kind, *place, 1, points, text, value)

    return ArchiveSnapshot(
        case_id=CASE_ID,
        facility_id=FACILITY_ID,
        revision=1,
        closed_at=CONSULTED_AT + timedelta(hours=2),
        time_zone="Asia/Ho_Chi_Minh",
        folder="2026/2026-11-26-tuan-48/ca-1-00101",
        case_number="HC-2026-48-1",
        form=some_form(),
        content=some_content(),
        questions=some_questions(),
        presenter=FormPerson("Lò Văn Thử", "BSCKI.", SPOKE),
        minutes_pdf=pdf,
        printed={"patient_full_name": "LƯỜNG VĂN MINH HOẠ"},
        key_images=tuple(
            KeyImage(one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID)
            for one in images[:2]
        ),
        marks=(
            mark(1, "length", first, (10.5, 10.5), (35.5, 30.5)),
            mark(2, "arrow", first, (5.0, 5.0), (70.0, -3.0)),
            mark(3, "text", second, (12.0, 12.0)),
            mark(4, "roi", second, (1.0, 1.0), (9.0, 9.0)),
            mark(5, "angle", second, (20.0, 40.0), (30.0, 20.0), (40.0, 40.0)),
            mark(6, "ellipse", second, (30.0, 30.0), (50.0, 45.5)),
        ),
        images={one.SOPInstanceUID: one.to_json_dict() for one in images},
        recordings=recordings,
    )
