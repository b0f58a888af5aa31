"""A real Chromium on a tour of a real server: what the benchmarks of the viewer share."""

import logging
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def until(page: Any, expression: str, since: float, limit_s: float = 120) -> float:
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


@contextmanager
def chromium(program: str | None) -> Iterator[Any]:
    """A browser; None, and one line that says why, where there is none."""
    program = program or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    try:
        from playwright import sync_api
    except ImportError as error:
        print(f"skipped: {error}")
        yield None
        return
    if program is None:
        print(f"skipped: no browser (expected one of {', '.join(CHROMIUM_NAMES)})")
        yield None
        return
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
