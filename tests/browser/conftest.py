"""The real server, the front end built from its sources, and a real Chromium."""

import logging
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from viewer import create_app
from vtour.errors import ResourceError
from vtour.node import find_node

pytest.register_assert_rewrite("tests.browser.tour_page")

from tests.browser.needs import lacks  # noqa: E402
from tests.browser.points import write_scanned_wall  # noqa: E402
from tests.browser.tour_page import CONTEXTS, TourPage  # noqa: E402
from tests.browser.wall import write_wall  # noqa: E402
from tests.sample_packages import write_walk  # noqa: E402

WEB = Path(__file__).parents[2] / "viewer" / "web"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]

DROPPED_DOWNLOAD = "ignore:Exception ignored in.*FileIO:pytest.PytestUnraisableExceptionWarning"
"""werkzeug's server leaves an answer open when its reader is reset while it drains the
rest of the request (run_wsgi, its ``finally``). gunicorn and waitress, which users run, do not.
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings(DROPPED_DOWNLOAD))


@pytest.fixture(scope="session")
def front_end(tmp_path_factory):
    """The front end built from today's sources, not from what was built some time."""
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    if not vite.is_file():
        lacks("viewer/web: its Node packages are missing, run npm ci there")
    try:
        node = find_node()
    except ResourceError as error:
        lacks(str(error))
    out = tmp_path_factory.mktemp("front-end")
    command = [node, vite, "build", "--outDir", out, "--logLevel", "error"]
    subprocess.run(command, cwd=WEB, check=True, timeout=120)
    return out


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright import sync_api
    except ImportError as error:
        lacks(str(error))
    program = os.environ.get("VTOUR_CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM_NAMES)), None
    )
    if program is None:
        lacks(f"no browser: expected one of {', '.join(CHROMIUM_NAMES)}")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def wall(tmp_path_factory):
    return write_wall(tmp_path_factory.mktemp("packages") / "wall")


@pytest.fixture(scope="session")
def scanned(tmp_path_factory):
    """The wall with the points of its south side."""
    return write_scanned_wall(tmp_path_factory.mktemp("packages") / "scanned")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """Points, and nothing else."""
    return write_scanned_wall(tmp_path_factory.mktemp("packages") / "cloud", model=False)


@pytest.fixture(scope="session")
def walk(tmp_path_factory):
    """Three panoramas, no model."""
    return write_walk(tmp_path_factory.mktemp("packages") / "walk")


@pytest.fixture(scope="session")
def walk_with_model(tmp_path_factory):
    return write_walk(tmp_path_factory.mktemp("packages") / "both", "both", model=True)


@pytest.fixture(params=["wall", "small_build"])
def package(request):
    """The folder of each package that general tests run on."""
    value = request.getfixturevalue(request.param)
    return getattr(value, "package", value)


@pytest.fixture(scope="session")
def serve(front_end):
    """Serve a package on a port of this machine; returns (base, address of its page)."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    servers, places = [], {}

    def start(folder):
        if folder not in places:
            app = create_app([folder], static=front_end)
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            servers.append((server, thread))
            (tour_id,) = app.extensions["library"].packages()
            places[folder] = (f"http://127.0.0.1:{server.port}", f"/t/{tour_id}")
        return places[folder]

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture
def visit(browser, serve):
    """``visit(folder, device)``: a fresh page, in a profile of its own, before it is opened."""
    contexts = []

    def start(folder, device="desktop", **options):
        base, address = serve(folder)
        settings = {"locale": "vi-VN", "reduced_motion": "reduce", **CONTEXTS[device], **options}
        context = browser.new_context(**settings)
        contexts.append(context)
        return TourPage(context, base, address)

    yield start
    for context in contexts:
        context.close()
