"""Take the pictures of the documentation: ``python -m docs.pictures [WORK]``.

WORK is a build of the sample site, by default that of ``./scripts/demo --no-serve``. The system
needs a font with Chinese characters, such as Debian's fonts-wqy-microhei.
"""

import io
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.browser.conftest import CHROMIUM_NAMES, CHROMIUM_OPTIONS
from viewer import create_app

ROOT = Path(__file__).parents[1]
WORK = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo" / "work"
IMAGES = ROOT / "docs" / "images"
SIZES = {"desktop": (1280, 800, 1), "phone": (390, 844, 2)}


@contextmanager
def served(paths: list[Path]) -> Iterator[str]:
    """The address of a server that runs while the block does."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(paths), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def shoot(
    browser: Browser,
    url: str,
    size: str,
    name: str,
    *,
    hotspot: bool = False,
    panorama: bool = False,
) -> None:
    """Write one screenshot as images/<name>-<size>.webp; of the model unless of the panorama."""
    width, height, scale = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        locale="vi-VN",
        is_mobile=size == "phone",
        has_touch=size == "phone",
    )
    page.goto(url)
    if panorama:
        wait_for_the_panorama(page)
    elif "/t/" in url:
        wait_for_the_finest(page)
    if hotspot:
        page.locator(".vt-marker").first.dispatch_event("click")
    page.wait_for_timeout(2500)
    picture = Image.open(io.BytesIO(page.screenshot()))
    IMAGES.mkdir(exist_ok=True)
    picture.convert("RGB").save(IMAGES / f"{name}-{size}.webp", quality=80, method=6)
    page.close()


LEAVE_PANORAMA = """() => {
  const { panorama, flying } = window.vtour?.state() ?? { flying: true };
  const press = (action) => document.querySelector(`[data-action=${action}]`).click();
  if (panorama && !window.left) press("mode");
  if (!panorama && !flying && window.left && !window.home) {
    press("reset");
    window.home = true;
  }
  window.left ||= Boolean(panorama);
}"""
"""A tour that begins in a panorama loads its model when it is asked for."""


def wait_for_the_finest(page: Page) -> None:
    """Ask again and again: the page's policy forbids Playwright's own waiting."""
    for _ in range(120):
        page.evaluate(LEAVE_PANORAMA)
        if page.evaluate("window.vtour ? window.vtour.loadedQuality : null") == "High":
            return
        page.wait_for_timeout(500)
    raise TimeoutError(f"{page.url}: the finest model did not arrive within a minute")


def wait_for_the_panorama(page: Page) -> None:
    """Until all tiles of the first view are there."""
    for _ in range(120):
        if page.evaluate("Boolean(window.vtour?.state().panorama && window.vtour.state().idle)"):
            return
        page.wait_for_timeout(500)
    raise TimeoutError(f"{page.url}: the panorama did not arrive within a minute")


def draw_graph() -> None:
    """Draw the tour's graph as images/graph.svg."""
    command = [sys.executable, "-m", "vtour", "tour", "graph", str(WORK / "package")]
    subprocess.run([*command, "--out", str(IMAGES / "graph.svg")], check=True, cwd=ROOT)


def main() -> None:
    """Take all pictures."""
    with served([WORK]) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("VTOUR_CHROMIUM")
            or next(filter(None, map(shutil.which, CHROMIUM_NAMES))),
            args=CHROMIUM_OPTIONS,
        )
        for size in SIZES:
            shoot(browser, f"{address}/t/san-da-voi", size, "panorama", panorama=True)
            shoot(browser, f"{address}/t/san-da-voi", size, "tour")
            shoot(browser, f"{address}/t/san-da-voi", size, "hotspot", hotspot=True)
        shoot(browser, WORK.joinpath("report.html").resolve().as_uri(), "desktop", "report")
        browser.close()
    draw_graph()


if __name__ == "__main__":
    main()
