"""Tables of this room. Stored bytes live in blobs; rows only name them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, LargeBinary, UniqueConstraint
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class StudyRow(SQLModel, table=True):
    """A study in the archive of one facility.

    The archive is per facility: a file that claims the UID of another hospital's study becomes a
    study of its sender, and never opens the other one.
    """

    __tablename__ = "study"
    __table_args__ = (UniqueConstraint("facility_id", "study_uid"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    study_uid: str = Field(max_length=64, index=True)
    study_date: str = Field(max_length=16)
    study_time: str = Field(max_length=28)
    description: str = Field(max_length=200)
    accession_number: str = Field(max_length=64)
    study_text_id: str = Field(max_length=64)
    referring_physician: str = Field(max_length=200)
    patient_id: str = Field(max_length=64)
    patient_name: str = Field(max_length=324)
    patient_birth_date: str = Field(max_length=16)
    patient_sex: str = Field(max_length=16)
    # Every different patient that headers of this study name: one, unless something went wrong.
    patients: list[dict[str, str]] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ImageSeriesRow(SQLModel, table=True):
    """A DICOM series, and the generation of its delivery copy; 0 is none yet."""

    __tablename__ = "image_series"
    __table_args__ = (UniqueConstraint("study_id", "series_uid"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    study_id: UUID = Field(foreign_key="study.id")
    series_uid: str = Field(max_length=64, index=True)
    modality: str = Field(max_length=16)
    number: int | None = None
    description: str = Field(max_length=200)
    body_part: str = Field(max_length=64)
    frame_of_reference_uid: str = Field(max_length=64)
    series_date: str = Field(max_length=16)
    series_time: str = Field(max_length=28)
    # What headers let us assume of the pixels, and what a person who looked said (burned_in.py).
    burned_in: str = Field(max_length=16)
    name_said: str | None = Field(default=None, max_length=8)
    name_said_by: UUID | None = None
    name_said_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    generation: int = 0
    published_images: int = 0
    published_bytes: int = Field(default=0, sa_type=BigInteger)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class InstanceRow(SQLModel, table=True):
    """One stored file. `variant` is 0 for the first bytes under a SOP UID, 1.. for others."""

    __tablename__ = "instance"
    __table_args__ = (
        UniqueConstraint("series_id", "sop_uid", "variant"),
        UniqueConstraint("series_id", "sop_uid", "sha256"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    series_id: UUID = Field(foreign_key="image_series.id")
    sop_uid: str = Field(max_length=64, index=True)
    variant: int = 0
    sop_class_uid: str = Field(max_length=64)
    transfer_syntax_uid: str = Field(max_length=64)
    instance_number: int | None = None
    rows: int = 0
    columns: int = 0
    bits_allocated: int = 0
    image_frames: int = 0
    sha256: str = Field(max_length=64)
    size: int = Field(sa_type=BigInteger)
    # none (no pixels), waiting, derived, published, failed
    delivery: str = Field(max_length=16, index=True)
    delivery_reason: str = Field(default="", max_length=260)
    attempts: int = 0
    received_at: datetime = Field(sa_type=UtcDateTime)


class InstanceMetadataRow(SQLModel, table=True):
    """An instance as gzip-compressed DICOM JSON."""

    __tablename__ = "instance_metadata"

    instance_id: UUID = Field(foreign_key="instance.id", primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


class CaseStudyRow(SQLModel, table=True):
    """A study shown with a case, and who confirmed that it is this patient's."""

    __tablename__ = "case_study"

    case_id: UUID = Field(foreign_key="conference_case.id", primary_key=True)
    study_id: UUID = Field(foreign_key="study.id", primary_key=True, index=True)
    linked_by: UUID = Field(foreign_key="person.id")
    linked_at: datetime = Field(sa_type=UtcDateTime)
    unlinked_by: UUID | None = Field(default=None, foreign_key="person.id")
    unlinked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unlink_reason: str = Field(default="", max_length=500)
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirm_reason: str = Field(default="", max_length=500)
    confirmed_differences: list[dict[str, str]] | None = Field(default=None, sa_type=JSON)


class ImageHoldingRow(SQLModel, table=True):
    """What one browser holds of a series for the next session; `device_id` is its own invention."""

    __tablename__ = "image_holding"

    device_id: UUID = Field(primary_key=True)
    series_id: UUID = Field(foreign_key="image_series.id", primary_key=True, index=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    held_bytes: int = Field(sa_type=BigInteger)
    rate_bps: int | None = Field(default=None, sa_type=BigInteger)
    told_at: datetime = Field(sa_type=UtcDateTime)


class UploadRow(SQLModel, table=True):
    """One file or archive on its way in, kept afterwards as the list of what happened to each."""

    __tablename__ = "upload"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="conference_case.id", index=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    parent_id: UUID | None = Field(default=None, foreign_key="upload.id", index=True)
    name: str = Field(max_length=500)
    length: int = Field(sa_type=BigInteger)
    # receiving, stored, duplicate, refused, unpacked, index, expired
    state: str = Field(max_length=16, index=True)
    reason: str = Field(default="", max_length=60)
    sop_uid: str | None = Field(default=None, max_length=64)
    entries: int | None = None
    referenced: list[str] | None = Field(default=None, sa_type=JSON)
    created_by: UUID = Field(foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ExcerptRow(SQLModel, table=True):
    """One saved version of a case's record excerpt; never overwritten."""

    __tablename__ = "excerpt"

    case_id: UUID = Field(foreign_key="conference_case.id", primary_key=True)
    version: int = Field(primary_key=True)
    body: dict[str, Any] = Field(sa_type=JSON)
    saved_by: UUID = Field(foreign_key="person.id")
    saved_at: datetime = Field(sa_type=UtcDateTime)


class DocumentRow(SQLModel, table=True):
    """A PDF that goes with a case."""

    __tablename__ = "document"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="conference_case.id", index=True)
    name: str = Field(max_length=255)
    size: int
    sha256: str = Field(max_length=64)
    pages: int
    added_by: UUID = Field(foreign_key="person.id")
    added_at: datetime = Field(sa_type=UtcDateTime)
    name_said: str | None = Field(default=None, max_length=8)
    name_said_by: UUID | None = None
    name_said_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
