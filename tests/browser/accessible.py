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


def assert_accessible(page: Page) -> None:
    """Fails with the serious and critical findings on the page as it is now."""
    page.evaluate(AXE.read_text())
    findings = page.evaluate(_FINDINGS)
    assert findings == [], findings
