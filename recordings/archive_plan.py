"""What closing a case sends where: facts of the case in, archive steps out; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from recordings.archive_step import PATIENCE, ArchiveStep, DeliveryKind, SinkKind, StepId

NAMESPACE: Final = UUID("6f7d1c52-6c0e-5f6e-9d0a-3a1f0b6f2c11")
"""Of every id made here: must never change, or a repeated step would become a second object."""


@dataclass(frozen=True)
class MarkedSeries:
    """Marks were drawn on images of this series."""

    study_uid: str
    series_uid: str


@dataclass(frozen=True)
class ClosedCase:
    """What the plan needs to know of a closed case; the rest is in the snapshot."""

    case_id: UUID
    facility_id: UUID
    revision: int
    closed_at: datetime
    snapshot_sha256: str
    key_image_studies: tuple[str, ...] = ()
    marked_series: tuple[MarkedSeries, ...] = ()
    recordings: tuple[UUID, ...] = ()


def plan(case: ClosedCase, sinks: Sequence[SinkKind]) -> tuple[ArchiveStep, ...]:
    """The steps of a closed case, in the order each lane takes them; the same case, the same ids.

    Lanes do not wait for each other: a PACS that is down does not hold up the record system. In the
    folder the list of contents comes last and only when everything on it is proven to be there.
    """
    steps: list[ArchiveStep] = []
    for sink in dict.fromkeys(sinks):
        lane = [
            _step(case, sink, kind, subject, order)
            for order, (kind, subject) in enumerate(_parts(case, sink))
        ]
        if sink is SinkKind.FOLDER:
            before = tuple(one.id for one in lane)
            lane.append(_step(case, sink, DeliveryKind.BUNDLE, "", len(lane), before))
        steps += lane
    return tuple(steps)


def object_uid(case_id: UUID, revision: int, kind: DeliveryKind, subject: str) -> str:
    """The UID of a DICOM object of a case (PS3.5 B.2: "2.25." and a UUID as integer)."""
    return f"2.25.{object_id(case_id, revision, kind, subject).int}"


def object_id(case_id: UUID, revision: int, kind: str, subject: str) -> UUID:
    """The id of anything made for a case: the same whichever sink it goes to."""
    return uuid5(NAMESPACE, f"{case_id}|{kind}|{subject}|{revision}")


def step_id(case_id: UUID, revision: int, sink: SinkKind, kind: str, subject: str) -> StepId:
    """The id of a step."""
    return StepId(uuid5(NAMESPACE, f"step|{case_id}|{sink}|{kind}|{subject}|{revision}"))


def _parts(case: ClosedCase, sink: SinkKind) -> Iterable[tuple[DeliveryKind, str]]:
    if sink is SinkKind.FHIR:
        yield DeliveryKind.BUNDLE, ""
        return
    yield DeliveryKind.MINUTES, ""
    for study_uid in case.key_image_studies:  # one selection a study: see key_objects.py
        yield DeliveryKind.KEY_IMAGES, study_uid
    for marked in case.marked_series:
        yield DeliveryKind.MARKS, marked.series_uid
    if sink is SinkKind.FOLDER:
        for recording in case.recordings:
            yield DeliveryKind.RECORDING, str(recording)


def _step(
    case: ClosedCase,
    sink: SinkKind,
    kind: DeliveryKind,
    subject: str,
    order: int,
    depends_on: tuple[StepId, ...] = (),
) -> ArchiveStep:
    return ArchiveStep(
        id=step_id(case.case_id, case.revision, sink, kind, subject),
        case_id=case.case_id,
        facility_id=case.facility_id,
        revision=case.revision,
        kind=kind,
        subject=subject,
        sink=sink,
        lane=f"{sink}:{case.facility_id}",
        order=order,
        depends_on=depends_on,
        snapshot_sha256=case.snapshot_sha256,
        planned_at=case.closed_at,
        due_at=case.closed_at,
        patient_until=case.closed_at + PATIENCE,
    )
