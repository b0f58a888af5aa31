"""Measuring on points and on the model's surface, with a mouse, a finger and a keyboard."""

import re
import shutil

import numpy as np
import pytest

from tests.browser.points import AWAY, SPACING
from tests.browser.test_point_layer import ALL_HERE, project
from tests.browser.wall import HIGH
from tests.sample_packages import change_manifest

FINGER = 56
"""The cross stands so many CSS pixels above a finger that drags."""


@pytest.fixture
def tour(wall, visit):
    return visit(wall)


@pytest.fixture
def scan(scanned, visit):
    tour = visit(scanned).open_ready("?points&lang=en")
    tour.until(ALL_HERE, 60)
    return tour


def begin(tour):
    tour.page.click("[data-action=measure]")
    tour.until("vtour.state().measuring !== null")
    return tour


def mark(tour, *points):
    for point in points:
        count = len(tour.settle().state["measuring"]["places"])
        tour.page.mouse.click(*project(tour, point))
        tour.until(f"vtour.state().measuring.places.length > {count}")


def places(tour):
    return np.array([each["position"] for each in tour.state["measuring"]["places"]])


def pixel_at(tour, z):
    """How wide a CSS pixel is on a wall across the view, metres."""
    height = tour.page.viewport_size["height"]
    return (tour.camera[2] - z) * 2 * np.tan(np.radians(50 / 2)) / height


def figure_after(tour, words):
    """The first number behind some words of what is said besides the result."""
    text = tour.page.inner_text(".vt-measured-more")
    return float(re.search(words + r"\D*(\d+\.\d+)", text)[1])


def test_distance_on_points_is_that_of_the_points(scan):
    begin(scan)
    mark(scan, [-1.5, 0.5, HIGH[2]], [1.5, 2.5, HIGH[2]])
    state = scan.state["measuring"]
    assert [each["on"] for each in state["places"]] == ["points", "points"]
    # Points lie at the middles of squares of the spacing, so far before the wall.
    assert places(scan)[:, 2] == pytest.approx([HIGH[2] + AWAY] * 2, abs=1e-5)
    steps = places(scan)[:, :2] / SPACING - 0.5
    assert steps == pytest.approx(np.rint(steps), abs=1e-3)
    # A pixel is 8.5 mm there; a point within some pixels is taken.
    assert state["value"] == pytest.approx(np.hypot(3, 2), abs=0.12)
    assert state["value"] == pytest.approx(np.linalg.norm(np.diff(places(scan), axis=0)), abs=1e-6)
    assert [each["detail"] for each in state["places"]] == pytest.approx([SPACING] * 2)
    pixels = np.array([each["pixel"] for each in state["places"]])
    assert pixels == pytest.approx([pixel_at(scan, HIGH[2] + AWAY)] * 2, rel=1e-6)
    # Registered to 3 mm, points 20 mm apart, aimed to a pixel, the scanner's own scale.
    place = np.sqrt((0.003**2 + 0.01**2) / 3 + pixels**2)
    assert state["within"] == pytest.approx(2 * np.linalg.norm(place), rel=1e-6)
    assert state["text"] == f"{state['value']:.2f} ± 0.03 m"
    assert "95 of 100" in scan.page.inner_text(".vt-measured-more")
    scan.check_clean()


def test_path_goes_on_and_is_undone(scan):
    begin(scan)
    mark(scan, [-1.5, 0.5, 0.5], [1.5, 0.5, 0.5], [1.5, 2.5, 0.5])
    assert scan.state["measuring"]["value"] == pytest.approx(5, abs=0.15)
    assert figure_after(scan, "last leg") == pytest.approx(2, abs=0.1)
    assert scan.page.locator(".vt-line").count() == 2
    scan.page.click("[data-action=undo]")
    assert scan.state["measuring"]["value"] == pytest.approx(3, abs=0.1)
    scan.page.click("[data-action=clear]")
    assert scan.state["measuring"]["places"] == []
    scan.page.keyboard.press("Escape")
    assert scan.state["measuring"] is None
    scan.check_clean()


def test_height_and_area(scan):
    begin(scan)
    scan.page.click(".vt-measure [data-kind=height]")
    mark(scan, [-1.5, 0.5, 0.5], [1.5, 2.5, 0.5])
    state = scan.state["measuring"]
    assert state["value"] == pytest.approx(2, abs=0.1)
    assert figure_after(scan, "") == pytest.approx(3, abs=0.1)
    assert "apart on the ground" in scan.page.inner_text(".vt-measured-more")
    scan.page.click(".vt-measure [data-kind=area]")
    mark(scan, [-1.5, 2.5, 0.5])
    state = scan.state["measuring"]
    assert state["value"] == pytest.approx(3, abs=0.15)  # half of 3 by 2
    assert state["text"].endswith(" m²") and "±" in state["text"]
    more = scan.page.inner_text(".vt-measured-more")
    assert re.search(r"0\.00 ± 0\.\d+ m² seen from above", more) and "off" not in more
    assert scan.page.locator(".vt-area").count() == 1
    mark(scan, [-1.8, 1.5, 0.5])
    assert "at most 0.00 m off" in scan.page.inner_text(".vt-measured-more")
    scan.check_clean()


def test_model_is_measured_on_its_finest_surface(tour):
    tour.open_ready()
    begin(tour)
    mark(tour, [-1.5, 0.5, 0.5], [1.5, 0.5, 0.5])
    state = tour.state["measuring"]
    assert [each["on"] for each in state["places"]] == ["model", "model"]
    assert places(tour)[:, 2] == pytest.approx([0.5, 0.5], abs=1e-3)
    assert state["value"] == pytest.approx(3, abs=0.02)
    assert state["within"] is None, "GPS tells nothing of the scale"
    assert state["text"] == f"{state['value']:.2f} m".replace(".", ",")
    assert "Chưa rõ" in tour.page.inner_text(".vt-measured-more")
    tour.check_clean()


def known(folder, wall, **world):
    """The wall with all that accuracy asks for; Thumb is 5 cm off the master, Medium 1 cm."""
    shutil.copytree(wall, folder)

    def change(tour):
        tour["id"] = folder.name
        tour["world"] |= world
        tour["accuracy"] = {
            "check_residual": {"value": 0.003, "unit": "m"},
            "scale_sigma": {"value": 0.001, "unit": "1"},
        }
        for each, error in zip(tour["models"][0]["derivatives"], (0.05, 0.01), strict=True):
            each["error_m"] = error

    change_manifest(folder, change)
    return folder


def details(tour):
    return [each["detail"] for each in tour.state["measuring"]["places"]]


def test_model_is_as_sure_as_what_is_on_show(wall, visit, tmp_path):
    tour = visit(known(tmp_path / "known", wall))
    tour.page.route("**/site.medium.glb*", lambda route: route.abort())
    tour.open_ready("?lang=en")
    assert tour.state["quality"] == "Thumb"
    begin(tour)
    mark(tour, [-1.5, 0.5, 0.5], [1.5, 0.5, 0.5])
    assert details(tour) == [0.05, 0.05]
    coarse = tour.state["measuring"]["within"]
    pixel = pixel_at(tour, 0.5)
    place = np.sqrt((0.003**2 + 0.05**2) / 3 + pixel**2)
    value = tour.state["measuring"]["value"]
    assert coarse == pytest.approx(2 * np.hypot(np.sqrt(2) * place, 0.001 * value), rel=1e-3)
    tour.page.unroute("**/site.medium.glb*")
    tour.page.evaluate("window.dispatchEvent(new Event('online'))")
    tour.until("vtour.state().quality === 'Medium'")
    tour.page.click("[data-action=clear]")
    mark(tour, [-1.5, 0.5, 0.5], [1.5, 0.5, 0.5])
    assert details(tour) == [0.01, 0.01]
    assert tour.state["measuring"]["within"] < coarse


def test_height_is_not_sure_where_up_is_assumed(wall, visit, tmp_path):
    tour = visit(known(tmp_path / "leaning", wall, up="assumed")).open_ready("?lang=en")
    begin(tour)
    mark(tour, [-1.5, 0.5, 0.5], [1.5, 2.5, 0.5])
    assert tour.state["measuring"]["within"] > 0
    tour.page.click(".vt-measure [data-kind=height]")
    assert tour.state["measuring"]["within"] is None
    assert "±" not in tour.state["measuring"]["text"]
    more = tour.page.inner_text(".vt-measured-more")
    assert "±" not in more and more.endswith("Accuracy not known")


def test_arrow_keys_correct_a_place(scan):
    begin(scan)
    mark(scan, [-1.5, 0.5, HIGH[2]], [0.5, 1.5, HIGH[2]])
    camera, before = scan.camera, places(scan)
    handle = scan.page.get_by_role("button", name=re.compile("Point 2: drag, or use the arrow"))
    handle.focus()
    for _ in range(12):
        scan.page.keyboard.press("ArrowRight")
    # 12 pixels of 6 mm: small steps are not lost between points 20 mm apart.
    pixel = pixel_at(scan, HIGH[2])
    moved = places(scan) - before
    assert moved[0] == pytest.approx(0, abs=1e-9)
    assert moved[1] == pytest.approx([12 * pixel, 0, 0], abs=SPACING)
    scan.page.keyboard.press("Shift+ArrowUp")
    assert (places(scan) - before)[1] == pytest.approx([12 * pixel, 10 * pixel, 0], abs=SPACING)
    assert scan.camera == pytest.approx(camera), "the scene stays while a place is moved"
    scan.page.keyboard.press("Escape")
    assert scan.page.evaluate("document.activeElement.dataset.action") == "measure"


def test_kinds_are_a_group_with_a_name(scan):
    begin(scan)
    group = scan.page.get_by_role("group", name="What to measure", exact=True)
    assert group.locator("[data-kind]").count() == 3


def test_what_is_cut_off_is_not_measured(scan):
    scan.page.click("[data-action=layers]")
    scan.until("vtour.state().panel === 'layers'")
    scan.page.click("[data-layer=cut]")
    scan.page.click(".vt-panel-close")
    scan.settle()
    begin(scan)
    scan.page.mouse.click(*project(scan, [0.5, 2.5, 0.5]))
    scan.until("document.querySelector('.vt-note').innerText.includes('no surface')")
    assert scan.state["measuring"]["places"] == []
    mark(scan, [0.5, 0.5, 0.5])


def test_tap_beside_everything_says_so_and_marks_nothing(tour):
    tour.open_ready("?lang=en")
    begin(tour)
    tour.page.mouse.click(30, 400)
    tour.until("document.querySelector('.vt-note').innerText === 'There is no surface there.'")
    assert tour.state["measuring"]["places"] == []


def test_keyboard_measures_at_the_cross(tour):
    tour.open_ready("?lang=en")
    tour.page.focus("[data-action=measure]")
    tour.page.keyboard.press("Enter")
    tour.until("vtour.state().measuring !== null")
    tour.page.focus("[data-action=mark]")
    tour.page.keyboard.press("Enter")
    tour.page.keyboard.press("Shift+ArrowUp")
    tour.settle()
    tour.page.keyboard.press("Enter")
    tour.until("vtour.state().measuring.places.length === 2")
    first, second = places(tour)
    assert first == pytest.approx([0, 1.5, 0.5], abs=0.01)
    assert second[1] > first[1] + 0.3 and second[0] == pytest.approx(0, abs=0.01)
    label = tour.page.get_attribute(".vt-measure", "aria-label")
    assert label == "Measure" and tour.page.locator(".vt-measure-result[role=status]").count() == 1
    tour.page.keyboard.press("Escape")
    assert tour.page.evaluate("document.activeElement.dataset.action") == "measure"


def test_finger_taps_and_drags_a_place(wall, visit):
    tour = visit(wall, "phone").open_ready("?lang=en")
    tour.page.tap("[data-action=measure]")
    tour.until("vtour.state().measuring !== null")
    x, y = project(tour, [0.3, 1, 0.5])
    tour.page.touchscreen.tap(x, y)
    tour.until("vtour.state().measuring.places.length === 1")
    camera = tour.camera
    box = tour.page.locator(".vt-handle").bounding_box()
    assert min(box["width"], box["height"]) >= 44
    session = tour.page.context.new_cdp_session(tour.page)

    def touch(kind, *spots):
        points = [{"x": px, "y": py} for px, py in spots]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x, y))
    touch("touchMove", (x - 20, y + FINGER))
    touch("touchMove", (x - 60, y + FINGER - 30))
    touch("touchEnd")
    tour.settle()
    moved = places(tour)[0]
    px, py = project(tour, moved)
    assert (px, py) == pytest.approx((x - 60, y - 30), abs=3)
    assert tour.camera == pytest.approx(camera), "the scene stays while a place is dragged"
    sizes = """[...document.querySelectorAll('.vt-measure button')].map((each) => {
      const { width, height } = each.getBoundingClientRect(); return Math.min(width, height); })"""
    assert min(tour.page.evaluate(sizes)) >= 44 - 1e-3


def test_result_is_copied(scan):
    scan.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begin(scan)
    mark(scan, [-1.5, 0.5, 0.5], [1.5, 0.5, 0.5])
    scan.page.click("[data-action=copyValue]")
    scan.until("document.querySelector('.vt-note').innerText === 'Result copied'")
    text = scan.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(f"Distance: {scan.state['measuring']['text']}")


def test_hotspots_give_way_while_one_measures(tour):
    tour.open_ready()
    begin(tour)
    spot = tour.hotspot("front")
    tour.page.mouse.click(spot["x"], spot["y"] - 12)
    tour.until("vtour.state().measuring.places.length === 1")
    assert tour.state["panel"] is None


def test_nothing_is_measured_without_a_scale(wall, visit, tmp_path):
    folder = shutil.copytree(wall, tmp_path / "unscaled")

    def change(tour):
        tour["id"] = "unscaled"
        tour["world"] |= {"scale": "unknown", "scale_source": "none"}

    change_manifest(folder, change)
    tour = visit(folder).open_ready()
    assert tour.page.locator("[data-action=measure]").is_hidden()
    assert tour.page.locator("[data-action=layers]").is_hidden()
