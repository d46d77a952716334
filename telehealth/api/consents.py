"""Consent and emergency basis: nothing of a case leaves its hospital before one is filed."""

from uuid import uuid4

from scheduling.case import Case
from scheduling.case_store import CaseStore
from scheduling.consent import Consent, ConsentForm, ConsentId, filed, withdrawn
from scheduling.errors import ContentRefused, FieldProblem, NotFound
from scheduling.person import PersonId
from telehealth.access import Permission
from telehealth.api.case_answer import answer, known_file
from telehealth.api.case_models import CaseOut, ConsentIn, Reason
from telehealth.directory import is_doctor_of
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.parts import Parts


class ConsentsApi:
    """The form of one case: filed, replaced, taken back; never erased."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._material = parts.material

    def doors(self) -> list[Door]:
        """The doors of this class."""
        path, refusals = "/api/cases/{case_id}/consent", (NotAllowed, NotFound, ContentRefused)
        return [
            Door(
                "PUT",
                path,
                self.file,
                Permission.FILE_CONSENT,
                "File the consent or the emergency basis",
                takes=ConsentIn,
                gives=CaseOut,
                raises=refusals,
            ),
            Door(
                "DELETE",
                path,
                self.withdraw,
                Permission.FILE_CONSENT,
                "Take the consent back; sharing stops at once",
                takes=Reason,
                gives=CaseOut,
                raises=refusals,
            ),
        ]

    async def file(self, call: Call) -> CaseOut:
        """Keep the form; it counts from now on."""
        body, case_id = call.parsed(ConsentIn), call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            file = await known_file(tx, call, case_id, self._material)
            file.require(call.caller, Permission.FILE_CONSENT)
            doctor = body.confirmed_by is not None and await is_doctor_of(
                tx, body.confirmed_by, file.case.facility_id
            )
            form = ConsentForm(**body.model_dump())
            me = PersonId(call.caller.person_id)
            consent = filed(ConsentId(uuid4()), form, me, doctor, call.at)
            await CaseStore(tx).file_consent(case_id, consent)
            return await answer(tx, call, case_id, self._material, "consent_file")

    async def withdraw(self, call: Call) -> CaseOut:
        """The form stays on record and opens nothing."""
        body, case_id = call.parsed(Reason), call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            file = await known_file(tx, call, case_id, self._material)
            file.require(call.caller, Permission.FILE_CONSENT)
            await CaseStore(tx).withdraw_consent(_taken_back(file.case, body.reason, call))
            return await answer(tx, call, case_id, self._material, "consent_withdraw")


def _taken_back(case: Case, reason: str, call: Call) -> Consent:
    if case.consent is None:
        raise NotFound("consent", str(case.id))
    if not reason.strip():
        raise ContentRefused((FieldProblem("/reason", "required"),))
    return withdrawn(case.consent, PersonId(call.caller.person_id), reason.strip(), call.at)
