"""Showing a case for teaching: only its hospital, the chair and the secretary see who it is."""

from pydantic import BaseModel, ConfigDict

from scheduling.case_store import CaseStore
from telehealth.access import Permission
from telehealth.api.case_answer import answer, known_file
from telehealth.api.case_models import CaseOut
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, NotFound
from telehealth.live_session import tell_room
from telehealth.parts import Parts


class TeachingIn(BaseModel):
    """Whether the identity is hidden from now on."""

    model_config = ConfigDict(extra="forbid")

    hidden: bool


class TeachingApi:
    """One switch for all sites; the rights follow it (`access.may`)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "PUT",
                "/api/cases/{case_id}/teaching-view",
                self.switch,
                Permission.HIDE_IDENTITY,
                "Hide the patient's identity from all but the asking hospital, chair, secretary",
                takes=TeachingIn,
                gives=CaseOut,
                raises=(NotAllowed, NotFound),
            )
        ]

    async def switch(self, call: Call) -> CaseOut:
        """Everybody in the room asks for the case again."""
        hidden, case_id = call.parsed(TeachingIn).hidden, call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            file = await known_file(tx, call, case_id, self._parts.material)
            file.require(call.caller, Permission.HIDE_IDENTITY)
            await CaseStore(tx).hide_identity(case_id, hidden)
            action = "identity_hide" if hidden else "identity_show"
            out = await answer(tx, call, case_id, self._parts.material, action)
        told: dict[str, object] = {"case_id": str(case_id)}
        await tell_room(self._parts.live, file.session, "papers_changed", told)
        return out
