"""Words of the printed form, which is Vietnamese, for what other rooms know as values."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Final

from recordings.recording import Recording, RecordingState
from scheduling.consent import Basis, Consent, ConsentMethod, GivenBy
from scheduling.content import CaseContent, ConsultationReason

REASONS: Final = {
    ConsultationReason.BEYOND_CAPABILITY: "Vượt khả năng chuyên môn",
    ConsultationReason.UNCERTAIN_DIAGNOSIS: "Khó khăn về chẩn đoán",
    ConsultationReason.NOT_IMPROVING: "Đã điều trị nhưng bệnh không tiến triển tốt",
    ConsultationReason.PROGRESSING_BADLY: "Bệnh diễn biến xấu",
    ConsultationReason.TREATMENT_CHOICE: "Lựa chọn phương pháp điều trị",
    ConsultationReason.EMERGENCY: "Cấp cứu",
}
_GIVERS: Final = {GivenBy.PATIENT: "người bệnh", GivenBy.GUARDIAN: "người đại diện"}
_METHODS: Final = {
    ConsentMethod.SIGNED_PAPER: "bằng văn bản",
    ConsentMethod.E_SIGNATURE: "bằng chữ ký điện tử",
    ConsentMethod.VERBAL_WITNESSED: "bằng lời, có người làm chứng",
}


def reason_text(content: CaseContent) -> str:
    """Why the case was discussed."""
    chosen = REASONS[content.consultation_reason] if content.consultation_reason else ""
    return ". ".join(part for part in (chosen, content.reason_text.strip()) if part)


def legal_basis(consent: Consent | None, zone: tzinfo) -> str:
    """On what ground the data were shared."""
    if consent is None:
        return ""
    form = consent.form
    day = f"{form.given_at.astimezone(zone):%d/%m/%Y}"
    if form.basis is Basis.EMERGENCY:
        return f"trường hợp cấp cứu, ngày {day}"
    return f"{_GIVERS[form.given_by]} đồng ý {_METHODS[form.method]} ngày {day}"


def recording_text(recordings: Sequence[Recording], zone: tzinfo) -> str:
    """Whether the case was recorded, when and how long."""
    kept = [one for one in recordings if one.state is RecordingState.READY and one.stopped_at]
    if not kept:
        return "không"
    begun = f"{kept[0].started_at.astimezone(zone):%H:%M}"
    length = sum(((one.stopped_at or one.started_at) - one.started_at for one in kept), timedelta())
    minutes = max(1, round(length.total_seconds() / 60))
    return f"có, từ {begun}, tổng cộng {minutes} phút"
