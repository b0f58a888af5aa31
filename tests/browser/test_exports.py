"""Exported tours in the real Pannellum, Marzipano and Photo Sphere Viewer, served from a folder."""

import functools
import io
import math
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from tests.browser.needs import lacks
from tests.browser.perspective import (
    View,
    colour_of_direction,
    dot_centre,
    expected_position,
    fov_y_deg,
)
from tests.tour.panorama_packages import (
    DOT,
    HEADINGS_DEG,
    NODES,
    SPOTS,
    spot_in_node,
    write_panorama_package,
)
from vtour.errors import ResourceError
from vtour.tour.export import Target, export_tour

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
WITHIN_PX = 2.0
PATIENCE_S = 30

# How to ask each viewer; ``tourViewer`` is what its page leaves in window.
LOOK = {
    "pannellum": """([yaw, pitch, fov]) => {
        tourViewer.stopMovement();
        tourViewer.setHfov(fov, false).setYaw(yaw, false).setPitch(pitch, false);
    }""",
    "marzipano": """([yaw, pitch, fov]) => tourViewer.current().view.setParameters(
        {yaw: yaw * Math.PI / 180, pitch: -pitch * Math.PI / 180, fov: fov * Math.PI / 180})""",
    "psv": """([yaw, pitch, fov]) => {
        tourViewer.zoom(tourViewer.dataHelper.fovToZoomLevel(fov));
        tourViewer.rotate({yaw: yaw * Math.PI / 180, pitch: pitch * Math.PI / 180});
    }""",
}
VIEW = {
    "pannellum": """() => [tourViewer.getYaw(), tourViewer.getPitch(), tourViewer.getHfov()]""",
    "marzipano": """() => { const p = tourViewer.current().view.parameters();
        return [p.yaw, -p.pitch, p.fov].map((angle) => angle * 180 / Math.PI); }""",
    "psv": """() => { const at = tourViewer.getPosition();
        return [at.yaw * 180 / Math.PI, at.pitch * 180 / Math.PI, tourViewer.state.vFov]; }""",
}
READY = {
    "pannellum": "() => window.tourViewer && tourViewer.isLoaded()",
    "marzipano": "() => window.tourViewer && tourViewer.current()",
    "psv": "() => window.tourViewer && tourViewer.state.ready && !tourViewer.state.loadingPromise",
}
SPOT_BOX = {
    "pannellum": """(spot) => tourViewer.getConfig().hotSpots.find((one) => one.id === spot).div""",
    "marzipano": """(spot) => [...document.querySelectorAll('.hotspot.info')].find(
        (one) => one.textContent.endsWith(' ' + spot) && one.checkVisibility(
            {visibilityProperty: true}))""",
    "psv": """(spot) => document.querySelector(`[data-spot="${spot}"]`)""",
}
NODE = {
    "pannellum": "() => tourViewer.getScene()",
    "marzipano": "() => tourViewer.current().data.id",
    "psv": "() => tourViewer.getPlugin('virtual-tour').getCurrentNode().id",
}
GO = {
    "pannellum": """(name) => tourViewer.getConfig().hotSpots.find(
        (one) => one.sceneId === name).div.click()""",
    "marzipano": """(name) => [...document.querySelectorAll('.hotspot.link')].find(
        (one) => one.textContent.includes(name) && one.checkVisibility(
            {visibilityProperty: true})).click()""",
    "psv": """(name) => tourViewer.getPlugin('virtual-tour').setCurrentNode(name, {},
        tourViewer.getPlugin('virtual-tour').getCurrentNode().links.find(
            (link) => link.nodeId === name))""",
}


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """Folders of the tour, by viewer."""
    place = tmp_path_factory.mktemp("exports")
    package = write_panorama_package(place / "package")
    for target in Target:
        try:
            export_tour(package, place / target.value, target)
        except ResourceError as error:
            lacks(str(error))
    return place


@pytest.fixture(scope="session")
def address(exported):
    """The address of the folder of all exports, on a plain file server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(exported))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture
def open_tour(browser, address):
    """``open_tour(target, size)``: a page with the tour loaded; no error, no request elsewhere."""
    contexts, problems = [], []

    def start(target, size="desktop"):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", locale="vi-VN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: line.type == "error" and problems.append(line.text))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:", "blob:"))
                or problems.append(f"request to {request.url}")
            ),
        )
        page.goto(f"{address}/{target}/index.html")
        page.wait_for_function(READY[target], timeout=PATIENCE_S * 1000)
        return page

    yield start
    for context in contexts:
        context.close()
    assert problems == []


def screenshot(page):
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))


def offset_of(target, node):
    """What a viewer's yaw is more than the yaw in the node's sphere, degrees."""
    return HEADINGS_DEG[node] if target == "psv" else 0


def seen_view(page, target, node):
    """The view that a viewer tells, in the node's own sphere."""
    size = (page.viewport_size["width"], page.viewport_size["height"])
    yaw, pitch, fov = page.evaluate(VIEW[target])
    return View(
        yaw - offset_of(target, node),
        pitch,
        fov_y_deg(fov, size) if target == "pannellum" else fov,
    )


def look(page, target, node, yaw_deg, pitch_deg, fov_deg=70):
    page.evaluate(LOOK[target], [yaw_deg + offset_of(target, node), pitch_deg, fov_deg])
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => "
        "requestAnimationFrame(() => setTimeout(done, 50))))"
    )


def place_of_spot(page, target, spot):
    """The middle of a hotspot's element on the page."""
    box = page.evaluate(
        f"(spot) => {{ const box = ({SPOT_BOX[target]})(spot).getBoundingClientRect();"
        " return [box.x + box.width / 2, box.y + box.height / 2]; }",
        spot,
    )
    return np.array(box)


def hide_spots(page):
    """Show the picture alone."""
    page.evaluate(
        "(names) => document.querySelectorAll(names).forEach((one) => { one.style.opacity = 0; })",
        ".pnlm-hotspot-base, .hotspot, .spot, .psv-virtual-tour-arrows, header, nav",
    )


def angles_of(ray):
    return math.degrees(math.atan2(ray[0], -ray[2])), math.degrees(
        math.atan2(ray[1], math.hypot(ray[0], ray[2]))
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spot", SPOTS)
@pytest.mark.parametrize("target", [target.value for target in Target])
def test_hotspot_appears_on_what_it_belongs_to(open_tour, target, spot, size):
    page = open_tour(target, size)
    node = next(iter(NODES))
    ray = spot_in_node(spot, node)
    yaw, pitch = angles_of(ray)
    look(page, target, node, yaw + 9, pitch - 6)
    view, size_px = seen_view(page, target, node), SIZES[size]
    assert abs(math.remainder(view.yaw_deg - yaw - 9, 360)) < 0.01
    assert abs(view.pitch_deg - pitch + 6) < 0.01

    expected = expected_position(ray, view, size_px)
    np.testing.assert_allclose(place_of_spot(page, target, spot), expected, atol=WITHIN_PX)

    hide_spots(page)
    deadline = time.monotonic() + PATIENCE_S
    while True:  # until tiles of enough detail are there
        centre = dot_centre(screenshot(page), DOT, expected)
        if centre is not None and np.hypot(*(centre - expected)) <= WITHIN_PX:
            break
        assert time.monotonic() < deadline, f"dot at {centre}, expected {expected}"
        time.sleep(0.2)


MIDDLE = np.array([640.0, 400.0])
OUR_MIDDLE = MIDDLE - [0, (76 - 60) / 2]
"""Our viewer centres on what its bars leave free: 60 px above, 76 px below."""


@pytest.mark.parametrize("spot", SPOTS)
@pytest.mark.parametrize("target", [target.value for target in Target])
def test_hotspot_appears_where_our_viewer_shows_it(open_tour, visit, exported, target, spot):
    node = next(iter(NODES))
    yaw, pitch = angles_of(spot_in_node(spot, node))
    theirs = open_tour(target)
    look(theirs, target, node, yaw + 9, pitch - 6)
    view = seen_view(theirs, target, node)

    query = f"?node={node}&yaw={view.yaw_deg}&pitch={view.pitch_deg}&fov={view.fov_y_deg}"
    ours = visit(exported / "package", "desktop").open_ready(query)

    seen = ours.hotspot(spot)
    assert seen["inside"]
    np.testing.assert_allclose(
        place_of_spot(theirs, target, spot) - MIDDLE,
        np.array([seen["x"], seen["y"]]) - OUR_MIDDLE,
        atol=WITHIN_PX,
    )


@pytest.mark.parametrize("target", [target.value for target in Target])
def test_pictures_are_no_mirror_images(open_tour, target):
    """Six looks around: left, right, up and down of each show their own directions' colours."""
    page = open_tour(target)
    node = next(iter(NODES))
    for yaw, pitch in [(0.01, 0), (90, 10), (180, -20), (-90, 0), (30, 70), (-120, -70)]:
        look(page, target, node, yaw, pitch)
        wait_for_right_colours(page, target, node)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", [target.value for target in Target])
def test_first_view_fills_the_page(open_tour, target, size):
    page = open_tour(target, size)
    hide_spots(page)

    wait_for_right_colours(page, target, next(iter(NODES)), share=(0.03, 0.97))


def wait_for_right_colours(page, target, node, share=(0.25, 0.75)):
    """Four places of the page show their own directions, sooner or later."""
    view = seen_view(page, target, node)
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    places = [(int(width * x), int(height * y)) for x in share for y in (0.25, 0.62)]
    deadline = time.monotonic() + PATIENCE_S
    while True:
        pixels = screenshot(page)
        off = {}
        for x, y in places:
            colour = colour_of_direction(ray_at((x + 0.5, y + 0.5), view, width, height))
            seen = pixels[y - 3 : y + 4, x - 3 : x + 4].mean(axis=(0, 1))
            off[x, y] = np.abs(seen - colour).max()
        if max(off.values()) < 8:
            return
        assert time.monotonic() < deadline, (view, off)
        time.sleep(0.2)


def ray_at(pixel, view, width, height):
    """The inverse of expected_position, by rays through three known pixels' plane."""
    focal = height / 2 / math.tan(math.radians(view.fov_y_deg) / 2)
    x, y = (pixel[0] - width / 2) / focal, (height / 2 - pixel[1]) / focal
    yaw, pitch = math.radians(view.yaw_deg), math.radians(view.pitch_deg)
    right = np.array([math.cos(yaw), 0, math.sin(yaw)])
    forward = np.array(
        [math.sin(yaw) * math.cos(pitch), math.sin(pitch), -math.cos(yaw) * math.cos(pitch)]
    )
    return forward + x * right + y * np.cross(right, forward)


@pytest.mark.parametrize("target", [target.value for target in Target])
def test_link_leads_to_its_node_and_keeps_the_heading(open_tour, target):
    page = open_tour(target)
    first, second = "san-truoc", "cong"
    look(page, target, first, 33, 5)
    assert page.evaluate(NODE[target]) == first

    page.evaluate(GO[target], second)

    page.wait_for_function(f"(id) => ({NODE[target]})() === id", arg=second, timeout=20_000)
    page.wait_for_function(READY[target], timeout=20_000)
    view = seen_view(page, target, second)
    heading = view.yaw_deg + HEADINGS_DEG[second]
    assert abs(math.remainder(heading - 33 - HEADINGS_DEG[first], 360)) < 0.1
    assert abs(view.pitch_deg - 5) < 0.1


@pytest.mark.parametrize("target", [target.value for target in Target])
def test_texts_are_shown_as_text(open_tour, target):
    page = open_tour(target)
    page.wait_for_timeout(300)

    assert page.locator("script:not([src]):not([type])").count() == 0
    assert page.locator("#panorama b, #pano b, .psv-container b").count() == 0
