"""The FHIR R4 (4.0.1) transaction of a closed case, for the record of the hospital; pure."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1
from typing import Any, Final
from uuid import UUID

from recordings.archive_plan import NAMESPACE, object_id, object_uid
from recordings.archive_snapshot import ArchiveSnapshot, KeptRecording
from recordings.archive_step import ArchivedFile, DeliveryKind
from recordings.minutes_form import FormPerson, person_text

Resource = dict[str, Any]

SHA256_SYSTEM: Final = "urn:oid:2.16.840.1.101.3.4.2.1"
"""The OID of the hash itself: R4's attachment.hash is SHA-1 by definition, so SHA-256 goes here."""
DICOM_UID_SYSTEM: Final = "urn:dicom:uid"
TAG_SYSTEM: Final = f"urn:uuid:{NAMESPACE}"
"""Of tags and identifiers. Values are bare ids: servers rewrite each `urn:uuid:` of a fullUrl."""
CONSULT_NOTE: Final = {
    "coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}],
    "text": "Trích biên bản hội chẩn",
}
_NO_IDENTIFIER: Final = frozenset({"Provenance"})


def bundle_bytes(snapshot: ArchiveSnapshot, pdf: bytes) -> bytes:
    """The bundle as JSON; the same snapshot gives the same bytes."""
    return json.dumps(bundle(snapshot, pdf), ensure_ascii=False, sort_keys=True).encode()


def bundle(snapshot: ArchiveSnapshot, pdf: bytes) -> Resource:
    """Every resource under an id of its own that never changes, put there by `PUT Type/id`.

    A resource refers to earlier ones only, so that they can also be sent one by one.
    """
    maker = _Maker(snapshot, pdf)
    resources = [
        maker.encounter(),
        maker.request(),
        maker.appointment(),
        maker.report(),
        maker.minutes_document(),
        *(maker.recording_document(one) for one in snapshot.recordings),
        *maker.proposals(),
        maker.task(),
        maker.communication(),
    ]
    resources.append(maker.provenance(resources))
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{one['id']}",
                "resource": one,
                "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"},
            }
            for one in resources
        ],
    }


class _Maker:
    """Writes the resources of one snapshot; they refer to each other by `urn:uuid:`."""

    def __init__(self, snapshot: ArchiveSnapshot, pdf: bytes) -> None:
        self._case = snapshot
        self._pdf = pdf
        self._at = _instant(snapshot.closed_at)
        hospital = snapshot.form.hospital
        code = hospital.facility_code or str(snapshot.facility_id)
        self._facility_system = f"urn:uuid:{NAMESPACE}:{code}"
        self._hospital = {"display": hospital.facility_name}

    def encounter(self) -> Resource:
        form = self._case.form
        record_no = form.encounter.medical_record_no
        seats = (("PPRF", form.chair), ("SPRF", form.secretary), ("REF", self._case.presenter))
        return self._resource(
            "Encounter",
            "encounter",
            status="finished",
            **{"class": _coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "VR")},
            subject=self._patient(),
            period={"start": _instant(form.consulted_at), "end": self._at},
            participant=[
                {
                    "type": [{"coding": [_coding(_PARTICIPATION, code)]}],
                    "individual": {"display": person_text(person)},
                }
                for code, person in seats
            ],
            partOf=self._logical("record", record_no) if record_no else None,
            serviceProvider=self._hospital,
        )

    def appointment(self) -> Resource:
        form = self._case.form
        people = (form.chair, form.secretary, self._case.presenter)
        return self._resource(
            "Appointment",
            "appointment",
            status="fulfilled",
            description=form.session_label,
            start=_instant(form.consulted_at),
            end=self._at,
            basedOn=[self._ref("request")],
            participant=[
                {"actor": {"display": person_text(one)}, "status": "accepted"} for one in people
            ],
        )

    def request(self) -> Resource:
        form, questions = self._case.form, self._case.questions
        return self._resource(
            "ServiceRequest",
            "request",
            requisition={"system": TAG_SYSTEM, "value": self._case.case_number},
            status="completed",
            intent="order",
            code={"text": "Hội chẩn từ xa"},
            subject=self._patient(),
            requester={"display": person_text(self._case.presenter)},
            reasonCode=[{"text": form.consultation_reason}] if form.consultation_reason else None,
            note=[{"text": f"{one.number}. {one.text}"} for one in questions] or None,
        )

    def task(self) -> Resource:
        output = (("report", "Kết luận"), ("minutes", "Trích biên bản"))
        return self._resource(
            "Task",
            "task",
            status="completed",
            intent="order",
            focus=self._ref("request"),
            encounter=self._ref("encounter"),
            lastModified=self._at,
            output=[
                {"type": {"text": text}, "valueReference": self._ref(kind)} for kind, text in output
            ],
            **{"for": self._patient()},
        )

    def report(self) -> Resource:
        studies = dict.fromkeys(one.study_uid for one in self._case.form.images_shown)
        return self._resource(
            "DiagnosticReport",
            "report",
            basedOn=[self._ref("request")],
            status="final",
            code=CONSULT_NOTE,
            subject=self._patient(),
            encounter=self._ref("encounter"),
            effectiveDateTime=_instant(self._case.form.consulted_at),
            issued=self._at,
            resultsInterpreter=[{"display": person_text(self._case.form.chair)}],
            imagingStudy=[
                {"identifier": {"system": DICOM_UID_SYSTEM, "value": f"urn:oid:{uid}"}}
                for uid in studies
            ]
            or None,
            conclusion=self._conclusion(),
            presentedForm=[self._pdf_attachment()],
        )

    def minutes_document(self) -> Resource:
        selections = dict.fromkeys(
            one.study_uid for one in self._case.key_images if one.sop_uid in self._case.images
        )
        uids = [self._object_uid(DeliveryKind.KEY_IMAGES, uid) for uid in selections]
        return self._document(
            "minutes",
            self._pdf_attachment(),
            [self._case.minutes_pdf],
            type=CONSULT_NOTE,
            docStatus="final",
            related=[self._ref("request"), *(_logical(DICOM_UID_SYSTEM, uid) for uid in uids)],
        )

    def recording_document(self, recording: KeptRecording) -> Resource:
        """Where the recording is kept and its hashes; the sound itself stays in the vault."""
        attachment: Resource = {
            "contentType": recording.files[0].media_type if recording.files else "audio/ogg",
            "title": f"Ghi âm hội chẩn, {recording.duration_s:.0f} giây",
            "size": sum(one.size for one in recording.files),
            "creation": _instant(recording.started_at),
        }
        if recording.url:
            attachment["url"] = recording.url
        return self._document(
            f"recording|{recording.id}",
            attachment,
            recording.files,
            type={"text": "Ghi âm hội chẩn từ xa"},
            related=[self._ref("request")],
            securityLabel=[{"coding": [_coding(_CONFIDENTIALITY, "R")]}],
        )

    def proposals(self) -> list[Resource]:
        """What the conference recommends: proposals, never orders; the treating doctor orders."""
        return [
            self._resource(
                "ServiceRequest",
                f"proposal|{number}",
                status="active",
                intent="proposal",
                code={"text": task.text},
                subject=self._patient(),
                basedOn=[self._ref("request")],
                occurrenceDateTime=task.due_on.isoformat() if task.due_on else None,
                performer=[{"display": task.owner}] if task.owner else None,
            )
            for number, task in enumerate(self._case.content.tasks, 1)
        ]

    def communication(self) -> Resource:
        return self._resource(
            "Communication",
            "communication",
            basedOn=[self._ref("request")],
            status="completed",
            subject=self._patient(),
            about=[self._ref("report"), self._ref("minutes")],
            sent=self._at,
            recipient=[{"display": person_text(self._case.presenter)}],
            payload=[{"contentString": "Đã có kết luận hội chẩn từ xa"}],
        )

    def provenance(self, targets: Sequence[Resource]) -> Resource:
        form = self._case.form
        agents = (
            ("verifier", form.chair),
            ("author", form.secretary),
            ("informant", self._case.presenter),
        )
        return self._resource(
            "Provenance",
            "provenance",
            target=[{"reference": f"urn:uuid:{one['id']}"} for one in targets],
            recorded=self._at,
            agent=[_agent(code, person) for code, person in agents],
            entity=[
                {
                    "role": "source",
                    "what": _logical(SHA256_SYSTEM, self._case.minutes_pdf.sha256),
                }
            ],
        )

    def _resource(self, kind: str, key: str, /, **fields: Any) -> Resource:
        made = self._id(key)
        resource: Resource = {
            "resourceType": kind,
            "id": str(made),
            "meta": {"tag": [{"system": TAG_SYSTEM, "code": str(self._case.case_id)}]},
        }
        if kind in _NO_IDENTIFIER:
            resource["meta"]["tag"].append({"system": TAG_SYSTEM, "code": str(made)})
        else:
            resource["identifier"] = [{"system": TAG_SYSTEM, "value": str(made)}]
        resource.update({name: value for name, value in fields.items() if value is not None})
        return resource

    def _document(
        self,
        key: str,
        attachment: Resource,
        files: Sequence[ArchivedFile],
        related: list[Resource],
        **fields: Any,
    ) -> Resource:
        document = self._resource(
            "DocumentReference",
            key,
            masterIdentifier={"system": TAG_SYSTEM, "value": str(self._id(key))},
            status="current",
            subject=self._patient(),
            date=self._at,
            author=[{"display": person_text(self._case.form.secretary)}],
            authenticator={"display": person_text(self._case.form.chair)},
            content=[{"attachment": attachment}],
            context={"encounter": [self._ref("encounter")], "related": related},
            **fields,
        )
        document["identifier"] += [{"system": SHA256_SYSTEM, "value": one.sha256} for one in files]
        return document

    def _pdf_attachment(self) -> Resource:
        return {
            "contentType": "application/pdf",
            "language": "vi",
            "data": base64.b64encode(self._pdf).decode(),
            "size": len(self._pdf),
            "hash": base64.b64encode(sha1(self._pdf, usedforsecurity=False).digest()).decode(),
            "title": "Trích biên bản hội chẩn",
            "creation": self._at,
        }

    def _conclusion(self) -> str:
        content = self._case.content
        given = {one.question_id: one.text for one in content.answers}
        answers = [
            f"{one.number}. {one.text}\n{given.get(one.id, '').strip()}"
            for one in self._case.questions
        ]
        return "\n\n".join([content.conclusion, *answers, content.next_treatment])

    def _patient(self) -> Resource:
        patient = self._case.form.patient
        number = patient.local_patient_code or self._case.form.encounter.medical_record_no
        return {**self._logical("patient", number), "display": patient.full_name}

    def _logical(self, kind: str, value: str) -> Resource:
        return _logical(f"{self._facility_system}:{kind}", value)

    def _ref(self, key: str) -> Resource:
        return {"reference": f"urn:uuid:{self._id(key)}"}

    def _id(self, key: str) -> UUID:
        return object_id(self._case.case_id, self._case.revision, f"fhir|{key}", "")

    def _object_uid(self, kind: DeliveryKind, subject: str) -> str:
        return f"urn:oid:{object_uid(self._case.case_id, self._case.revision, kind, subject)}"


_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_AGENT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def _coding(system: str, code: str) -> Resource:
    return {"system": system, "code": code}


def _logical(system: str, value: str) -> Resource:
    return {"identifier": {"system": system, "value": value}}


def _agent(code: str, person: FormPerson) -> Resource:
    agent: Resource = {
        "type": {"coding": [_coding(_AGENT, code)]},
        "who": {"display": person_text(person)},
    }
    if person.facility:
        agent["onBehalfOf"] = {"display": person.facility}
    return agent


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
