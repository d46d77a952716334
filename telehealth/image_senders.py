"""Who may send images for a case, asked once for the many files that come together."""

from uuid import UUID

from telehealth.access import Permission
from telehealth.beliefs import Beliefs
from telehealth.casefile import case_file
from telehealth.doors import Call
from telehealth.images import SentBy
from telehealth.parts import Parts
from viewer.intake import Sender


class Senders:
    """Senders of files, believed for some seconds like every answer about images (rule DO3)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._facilities: Beliefs[tuple[UUID, UUID], UUID] = Beliefs()

    async def of(self, call: Call, case_id: UUID, action: str) -> Sender:
        """The caller as a sender for this case; `action` names it in the trail.

        Raises NotFound and NotAllowed.
        """
        key = call.caller.login_id, case_id
        facility_id = self._facilities.get(key, call.at)
        if facility_id is None:
            async with self._parts.database.reading() as tx:
                file = await case_file(tx, case_id, self._parts.material, call.at)
            file.require(call.caller, Permission.UPLOAD_IMAGES)
            facility_id = self._facilities.keep(key, file.case.facility_id, call.at)
        sent_by = SentBy(call.source, action)
        return Sender(case_id, facility_id, call.caller.person_id, sent_by)
