"""Who takes part in the weekly conference, what they say, and how its chapters wait."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.e2e.people import (
    PATIENCE_MS,
    Person,
)

QUESTIONS = ("Có chỉ định phẫu thuật không?", "Có cần chuyển tuyến trên ngay không?")
ANSWERS = (
    "Có chỉ định phẫu thuật có chuẩn bị.",
    "Không cần chuyển ngay, theo dõi tri giác 2 giờ một lần.",
)
CONCLUSION = "Tổn thương choán chỗ bán cầu phải, đề nghị mổ theo kế hoạch."
LAB = {"Xét nghiệm": "Hemoglobin", "Kết quả": "128", "Đơn vị": "g/L"}
TREATMENT = "Chống phù não, chụp lại sau 48 giờ."


@dataclass
class Conference:
    """Who takes part, and what they work on."""

    coordinator: Person
    chair: Person
    doctor: Person
    specialist: Person
    session_id: str = ""
    case_id: str = ""
    next_case_id: str = ""

    @property
    def seated(self) -> tuple[Person, Person, Person]:
        """The three in the room."""
        return self.chair, self.doctor, self.specialist

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All browsers."""
        return self.coordinator, *self.seated


async def until(
    what: Callable[[], Awaitable[bool]], found: Callable[[], Awaitable[object]] | None = None
) -> None:
    """Wait until it holds; the browsers set the pace. `found` tells what is there if it never does.

    Raises:
        AssertionError: it did not hold within the patience of the browsers.
    """
    try:
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not await what():
                await asyncio.sleep(0.05)
    except TimeoutError as late:
        raise AssertionError(f"never held; found: {await found() if found else '?'}") from late


async def api(person: Person, path: str) -> dict[str, list[dict[str, object]]]:
    """What the API tells this person, with the browser's own sign-in."""
    answer = await person.page.request.get(path)
    assert answer.ok, f"{answer.status} {path}"
    found: dict[str, list[dict[str, object]]] = await answer.json()
    return found
