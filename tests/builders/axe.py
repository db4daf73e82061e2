"""Run axe-core in the current page: https://github.com/dequelabs/axe-core. ``tests/run`` fetches it."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_SCRIPT = Path(__file__).parents[2] / ".axe-core/node_modules/axe-core/axe.min.js"
_RUN = """async rules => {
    // Contrast can only be measured after animations have finished.
    await Promise.all(document.getAnimations().map(one => one.finished.catch(() => null)));
    const only = rules.length ? {runOnly: rules} : {};
    const found = await axe.run(document, {resultTypes: ['violations'], ...only});
    return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`));
}"""


def violations(page: Page, *rules: str) -> list[str]:
    """Return the rule and the element of each violation. ``rules``: by default all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_script())
    found: list[str] = page.evaluate(_RUN, rules)
    return found


@cache
def _script() -> str:
    return _SCRIPT.read_text(encoding="utf-8")
