"""What a visitor's phone loads: bytes and requests to the first sharp view of a panorama, and the
tile memory of 100 node changes.

python -m benchmarks.speed.viewer PACKAGE... [--changes 100] [--chromium PROGRAM]

The built front end (npm run build in viewer/web) is served by this machine to a real Chromium at
390 x 844, twice as many pixels a side, over the network of Lighthouse's "slow 4G": 1.6 Mbit/s and
150 ms. Bytes are those on the wire, headers included. Memory is what the viewer counts for pictures
on the GPU: RGBA with mipmaps. A computer's graphics in software draw slower than a phone: times say
what the network costs, not what a phone takes.
"""

import argparse
import logging
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import append_results

PHONE = {"width": 390, "height": 844}
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 94e3,
}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
WEAK_PHONE = "Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 2 });"
SHARP = "window.vtour?.state().panorama?.level >= 0 && vtour.state().idle"
SEEN = "window.vtour?.state().status === 'ready'"


class Wire:
    """Bytes and requests of a page, by kind, as the browser's own network log counts them."""

    def __init__(self, page: Any, *, slow: bool) -> None:
        self.urls: dict[str, str] = {}
        self.bytes: dict[str, float] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        if slow:
            session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._came)

    def _asked(self, event: dict[str, Any]) -> None:
        self.urls[event["requestId"]] = event["request"]["url"]

    def _came(self, event: dict[str, Any]) -> None:
        self.bytes[event["requestId"]] = event["encodedDataLength"]

    def of(self, *parts: str) -> tuple[int, int]:
        """(bytes, requests) of what came and has one of these parts in its address."""
        ids = [key for key in self.bytes if any(part in self.urls.get(key, "") for part in parts)]
        return round(sum(self.bytes[key] for key in ids)), len(ids)


def first_view(browser: Any, base: str, address: str) -> dict[str, object]:
    """One visit with an empty cache: what came until the first view was sharp, and when."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    wire = Wire(page, slow=True)
    started = time.perf_counter()
    page.goto(base + address, wait_until="commit")
    seen_s = _until(page, SEEN, started)
    sharp_s = _until(page, SHARP, started)
    pictures, tiles = wire.of("/panoramas/")
    code, _ = wire.of("/static/")
    total, requests = wire.of("http")
    context.close()
    return {
        "code_kB": round(code / 1e3, 1),
        "pictures_kB": round(pictures / 1e3, 1),
        "pictures": tiles,
        "total_kB": round(total / 1e3, 1),
        "requests": requests,
        "seen_s": round(seen_s, 1),
        "sharp_s": round(sharp_s, 1),
    }


def walk_on(browser: Any, base: str, address: str, changes: int) -> dict[str, object]:
    """So many node changes on a weak phone, by the buttons of the scene, looking around between."""
    context = browser.new_context(
        viewport=PHONE,
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.add_init_script(WEAK_PHONE)
    page.goto(base + address, wait_until="commit")
    _until(page, SHARP, time.perf_counter())
    chance = random.Random(0)
    for _ in range(changes):
        ways = page.evaluate("vtour.state().ways.map(({ to }) => to)")
        node = chance.choice(ways)
        page.evaluate(f"document.querySelector('.vt-way[data-node=\"{node}\"]').click()")
        _until(page, f"vtour.state().panorama.node === '{node}'", time.perf_counter())
        page.keyboard.press(chance.choice(["ArrowLeft", "ArrowRight"]))
        _until(page, SHARP, time.perf_counter())
    found = page.evaluate("vtour.state().panorama")
    context.close()
    return {
        "changes": changes,
        "peak_tiles_MiB": round(found["peakBytes"] / 2**20, 1),
        "budget_MiB": round(found["budget"] / 2**20),
        "uploads": found["uploads"],
        "most_uploads_a_frame": found["mostUploads"],
    }


def _until(page: Any, expression: str, since: float, limit_s: float = 120) -> float:
    """Seconds from ``since`` until an expression holds."""
    while not page.evaluate(expression):
        if time.perf_counter() - since > limit_s:
            raise TimeoutError(f"not within {limit_s:.0f} s: {expression}")
        page.wait_for_timeout(25)
    return time.perf_counter() - since


@contextmanager
def served(package: Path) -> Iterator[tuple[str, str]]:
    """The address of a server, and of the tour's page on it."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from viewer import create_app

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    app = create_app([package])
    (tour_id,) = app.extensions["library"].packages()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", f"/t/{tour_id}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def measure(browser: Any, package: Path, changes: int) -> dict[str, object]:
    """The row of one package."""
    with served(package) as (base, address):
        view = first_view(browser, base, address)
        return {"package": address.rpartition("/")[2], **view} | walk_on(
            browser, base, address, changes
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    program = arguments.chromium or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    try:
        from playwright import sync_api
    except ImportError as error:
        print(f"skipped: {error}")
        return
    if program is None:
        print(f"skipped: no browser (expected one of {', '.join(CHROMIUM_NAMES)})")
        return
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        rows = [measure(browser, package, arguments.changes) for package in arguments.packages]
        browser.close()
    append_results("viewer", rows)


if __name__ == "__main__":
    main()
