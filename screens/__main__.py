"""`make screens`: every page and state in pictures, at three widths, light and dark; fails for what an eye would stumble over."""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from screens import guest, kitchen, office, papers, reports, tablet
from screens.camera import Camera
from screens.shop import Demo, open_shop
from tests.browser import chromium
from tests.browser.browsing import FLAGS, PATIENCE_MILLISECONDS

PARTS = (tablet, kitchen, guest, office, papers, reports)
PICTURES = Path(__file__).parents[1] / "docs" / "screens"


def main() -> None:
    asked = _asked()
    asked.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tappass-screens-", ignore_cleanup_errors=True) as folder:
        # The server's unprivileged user has to enter it.
        Path(folder).chmod(0o755)
        with open_shop(Path(folder)) as demo:
            camera = _walk(demo, asked)
    faults = [*camera.findings, *camera.watch.faults]
    print(f"{len(camera.taken)} pictures in {asked.into}, {len(faults)} findings", flush=True)
    if faults:
        sys.exit("\n".join(faults))


def _walk(demo: Demo, asked: argparse.Namespace) -> Camera:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    demo.stock()
    with sync_playwright() as playwright:
        path = chromium.executable(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        camera = Camera(browser, demo.base_url, asked.into, asked.only)
        for part in PARTS:
            if asked.part in ("all", part.NAME):
                part.walk(demo, camera)
        browser.close()
    return camera


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m screens", description=__doc__)
    parser.add_argument("--into", type=Path, default=PICTURES, help="the folder of the pictures")
    parser.add_argument("--only", default="*", help="a pattern of names, e.g. 'tablet-pay*'")
    parser.add_argument(
        "--part",
        default="all",
        choices=["all", *(part.NAME for part in PARTS)],
        help="the tablet, the kitchen's screen, the pages of guests, the office, what is printed, or the office's reports and charts",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
