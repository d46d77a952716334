"""axe-core over what a page shows: what keeps out who cannot see, point or tell colours."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] })
  return found.violations
    .filter(each => ["serious", "critical"].includes(each.impact))
    .map(each => ({ rule: each.id, help: each.help, where: each.nodes.map(node => node.html) }))
}"""


async def barriers(page: Page) -> list[dict[str, Any]]:
    """The serious and critical findings: rule, what it says, the elements."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_AXE.read_text())
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    return found
