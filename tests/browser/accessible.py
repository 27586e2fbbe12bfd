"""What keeps people from using a page, as axe-core finds it."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
# The page's own policy does not reach what the debugger evaluates.
_FINDINGS = """async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations
    .filter((rule) => ["serious", "critical"].includes(rule.impact))
    .map((rule) => `${rule.id}: ${rule.help}: ${rule.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}"""


def findings(page: Page) -> list[str]:
    """The serious and critical ones on the page as it is now."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    return list(page.evaluate(_FINDINGS))


def assert_accessible(page: Page) -> None:
    found = findings(page)
    assert found == [], found
