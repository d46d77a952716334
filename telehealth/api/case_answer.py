"""The beginning and the end of every door of one case: may it be known of; answer and trail."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case import CaseState
from scheduling.case_store import CaseStore
from telehealth.api.case_models import CaseOut, case_out
from telehealth.audit import Act, record
from telehealth.casefile import CaseFile, Material, case_file
from telehealth.doors import Call
from telehealth.errors import NotAllowed


async def known_file(tx: AsyncSession, call: Call, case_id: UUID, material: Material) -> CaseFile:
    """The case's file, or NotAllowed when the caller may not even know of it."""
    file = await case_file(tx, case_id, material, call.at)
    if not file.knows(call.caller):
        raise NotAllowed
    return file


async def answer(
    tx: AsyncSession, call: Call, case_id: UUID, material: Material, action: str
) -> CaseOut:
    """The case as it is now, with the act written to the trail.

    Who acts on a case without the right to read it (a coordinator sending one back before
    consent) gets it without a word about the patient.
    """
    file = await case_file(tx, case_id, material, call.at)
    detail = {"state": str(file.case.state), "version": file.case.version}
    await record(tx, call.source, Act(action, "case", str(case_id), case_id, detail=detail))
    return case_out(file, call.caller, call.at, await _return_reason(tx, file))


async def _return_reason(tx: AsyncSession, file: CaseFile) -> str | None:
    """Why the case came back, while it waits with its doctor."""
    if file.case.state not in (CaseState.RETURNED, CaseState.REFUSED):
        return None
    return (await CaseStore(tx).history(file.case.id))[-1].reason
