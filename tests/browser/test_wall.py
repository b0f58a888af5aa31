"""A model of known colours: right side up, not mirrored, and all that visitors do with it."""

import json

import numpy as np
import pytest

from tests.browser.tour_page import where
from tests.browser.wall import MAGENTA, QUARTERS, START


@pytest.fixture
def tour(wall, visit):
    return visit(wall)


def quarters_seen(tour):
    picture = tour.scene()
    return {name: where(picture, colour) for name, colour in QUARTERS.items()}


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_colours_are_exact_and_in_their_places(wall, visit, device):
    tour = visit(wall, device).open_ready()
    assert tour.state["quality"] == "Medium"
    seen = quarters_seen(tour)
    width, height = tour.page.viewport_size.values()
    for name, (_, _, count) in seen.items():
        assert count > 0.01 * width * height, name
    (red_x, red_y, _), (green_x, green_y, _) = seen["red"], seen["green"]
    (blue_x, blue_y, _), (yellow_x, yellow_y, _) = seen["blue"], seen["yellow"]
    assert red_x < green_x and blue_x < yellow_x
    assert red_y < blue_y and green_y < yellow_y
    # Seen straight on: the quarters meet in the middle of what the bars leave free.
    assert (red_x + green_x) / 2 == pytest.approx(width / 2, abs=3)
    assert (red_y + blue_y) / 2 == pytest.approx((60 + height - 76) / 2, abs=3)
    assert (red_y, blue_y) == pytest.approx((green_y, yellow_y), abs=2)
    assert where(tour.scene(), MAGENTA)[2] == 0
    tour.check_clean()


def test_start_is_that_of_the_manifest(tour):
    tour.open_ready()
    assert tour.camera == pytest.approx([*START["position"], *START["target"]], abs=1e-6)


def test_thumb_comes_first_and_the_finer_one_takes_its_place(tour):
    """The finer derivative is held back until the thumb was seen."""
    held = []
    tour.page.route("**/site.medium.glb*", lambda route: held.append(route))
    tour.open()
    tour.until("vtour.state().status === 'ready' && vtour.state().idle")
    assert (tour.state["quality"], tour.state["complete"]) == ("Thumb", False)
    before = quarters_seen(tour)
    tour.until("document.readyState === 'complete'")
    while not held:
        tour.page.wait_for_timeout(20)
    held[0].continue_()
    tour.settle()
    assert tour.state["quality"] == "Medium"
    after = quarters_seen(tour)
    for name in QUARTERS:
        assert after[name][:2] == pytest.approx(before[name][:2], abs=3)
    assert "?v=" in held[0].request.url
    tour.check_clean()


def test_rests_when_nothing_moves(wall, visit):
    tour = visit(wall, reduced_motion="no-preference").open_ready()
    frames = tour.state["frames"]
    tour.page.wait_for_timeout(400)
    assert tour.state["frames"] == frames
    tour.page.keyboard.press("ArrowRight")
    tour.until(f"vtour.state().frames > {frames + 1}")
    tour.settle()
    assert tour.camera[0] > 0.3, "the right arrow goes round to the east"


def test_mouse_turns_moves_and_zooms(tour):
    tour.open_ready()
    mouse = tour.page.mouse
    mouse.move(640, 400)
    mouse.down()
    mouse.move(540, 400, steps=4)
    mouse.up()
    tour.settle()
    turned = tour.camera
    assert turned[0] > 1 and turned[3:] == pytest.approx(START["target"], abs=1e-6)
    mouse.down(button="right")
    mouse.move(640, 400, steps=4)
    mouse.up(button="right")
    tour.settle()
    panned = tour.camera
    assert panned[:3] - panned[3:] == pytest.approx(turned[:3] - turned[3:], abs=1e-6)
    assert np.linalg.norm(panned[3:] - turned[3:]) > 0.3
    mouse.wheel(0, -400)
    tour.settle()
    zoomed = tour.camera
    assert np.linalg.norm(zoomed[:3] - zoomed[3:]) < 0.8 * np.linalg.norm(panned[:3] - panned[3:])
    tour.page.keyboard.press("Home")
    tour.settle()
    assert tour.camera == pytest.approx([*START["position"], *START["target"]], abs=1e-6)


def test_drag_may_start_on_a_hotspot(tour):
    tour.open_ready()
    spot = tour.hotspot("front")
    tour.page.mouse.move(spot["x"], spot["y"])
    tour.page.mouse.down()
    tour.page.mouse.move(spot["x"] - 100, spot["y"], steps=4)
    tour.page.mouse.up()
    tour.settle()
    assert tour.state["panel"] is None
    assert tour.camera[0] > 1
    tour.marker("front").click()
    assert tour.state["hotspot"] == "front"


def test_double_click_comes_near_what_was_hit(tour):
    tour.open_ready()
    x, y, _ = quarters_seen(tour)["red"]
    tour.page.mouse.dblclick(x, y)
    tour.settle()
    target = tour.camera[3:]
    assert target == pytest.approx([-1, 2.25, 0.5], abs=0.15)


def test_buttons_do_all_that_dragging_does(tour):
    tour.open_ready()
    tour.page.click("[data-action=zoomIn]")
    tour.page.click("[data-action=pad]")
    tour.page.click("[data-direction=right]")
    tour.settle()
    assert tour.camera[0] > 0.5
    tour.page.click("[data-mode=move]")
    tour.page.click("[data-direction=up]")
    tour.settle()
    assert tour.camera[4] > START["target"][1] + 0.3
    tour.page.click("[data-action=reset]")
    tour.settle()
    assert tour.camera == pytest.approx([*START["position"], *START["target"]], abs=1e-6)


def test_camera_stays_above_the_ground(tour):
    tour.open_ready()
    for _ in range(12):
        tour.page.keyboard.press("ArrowDown")
        tour.page.keyboard.press("Shift+ArrowDown")
    tour.settle()
    assert tour.camera[1] > -0.2


def test_hotspot_behind_the_model_is_marked(tour):
    tour.open_ready()
    assert tour.hotspot("back")["inside"] and tour.hotspot("back")["occluded"]
    assert not tour.hotspot("front")["occluded"]
    back = tour.marker("back")
    assert back.get_attribute("data-occluded") is not None
    assert back.get_attribute("aria-description") == "ở phía sau mô hình"
    tour.page.click("[data-action=places]")
    tour.page.click(".vt-places li:nth-child(2) button")
    tour.settle()
    assert tour.state["hotspot"] == "back"
    assert not tour.hotspot("back")["occluded"]
    assert tour.camera[2] < -0.5, "seen from the north"


def test_keyboard_opens_and_leaves_a_hotspot(tour):
    tour.open_ready()
    focused = "document.activeElement.dataset.hotspot"
    for _ in range(12):
        tour.page.keyboard.press("Tab")
        if tour.page.evaluate(focused) == "front":
            break
    assert tour.page.evaluate(focused) == "front"
    tour.page.keyboard.press("Enter")
    assert tour.state["hotspot"] == "front"
    assert tour.page.evaluate("document.activeElement.id") == "vt-panel-title"
    tour.page.keyboard.press("Escape")
    assert tour.state["panel"] is None
    assert tour.page.evaluate(focused) == "front"
    tour.page.keyboard.press("Tab")
    assert tour.page.evaluate(focused) == "back"
    tour.settle()
    assert not tour.hotspot("back")["occluded"], "the camera turns to what has the focus"


def test_hotspot_shows_plain_text_and_media(tour):
    tour.open_ready("?lang=en#hotspot=front")
    assert tour.state["hotspot"] == "front"
    assert tour.page.locator(".vt-panel .vt-text").inner_text() == "Plain <b>text</b>."
    tour.until("document.querySelector('.vt-media img')?.naturalWidth === 40")
    assert tour.page.get_attribute(".vt-media img", "alt") == "A spot"
    tour.check_clean()


def test_language_changes_all_texts_without_loading_again(tour):
    tour.open_ready("#hotspot=back")
    loads = []
    tour.page.on("request", lambda request: loads.append(request.url))
    assert tour.page.locator("h1").inner_text() == "Bức tường"
    tour.page.click("[data-language=en]")
    assert tour.page.locator("h1").inner_text() == "The wall"
    assert tour.page.title() == "The wall"
    assert "/t/wall?lang=en" in tour.page.url
    heading = tour.page.locator(".vt-panel h2")
    assert (heading.inner_text(), heading.get_attribute("lang")) == ("Mặt sau", "vi")
    assert loads == []


def test_scale_bar_and_facts_speak_of_metres_only_when_they_are_known(wall, tour, visit):
    tour.open_ready()
    assert tour.page.locator(".vt-scale").inner_text().split() == ["50", "cm"]
    tour.open_info()
    facts = tour.page.locator(".vt-facts").first.inner_text()
    assert "4 m × 1 m × 3 m" in facts and "Nguyễn Văn A" in facts

    manifest = json.loads((wall / "tour.json").read_text(encoding="utf-8"))
    manifest["world"] = {
        "scale": "unknown",
        "scale_source": "none",
        "north": "unknown",
        "up": "assumed",
    }
    unknown = visit(wall)
    unknown.page.route("**/tour.json*", lambda route: route.fulfill(json=manifest))
    unknown.open_ready()
    unknown.open_info()
    assert not unknown.page.locator(".vt-scale").is_visible()
    assert not unknown.page.locator(".vt-compass").is_visible()
    assert " m ×" not in unknown.page.locator(".vt-facts").first.inner_text()


def test_touch_targets_of_hotspots_are_large(wall, visit):
    tour = visit(wall, "phone").open_ready()
    box = tour.marker("front").bounding_box()
    assert min(box["width"], box["height"]) >= 44


def test_two_fingers_zoom_and_move(wall, visit):
    tour = visit(wall, "phone").open_ready()
    touch = tour.page.context.new_cdp_session(tour.page)

    def send(kind, *points):
        places = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    send("touchStart", (170, 400), (220, 400))
    for spread in (10, 25, 40, 50):
        send("touchMove", (170 - spread, 400), (220 + spread, 400))
    send("touchEnd")
    tour.settle()
    near = tour.camera
    start = np.linalg.norm(np.subtract(START["position"], START["target"]))
    assert np.linalg.norm(near[:3] - near[3:]) < 0.6 * start * 2
    send("touchStart", (200, 400))
    for step in (20, 40, 60, 80):
        send("touchMove", (200 - step, 400))
    send("touchEnd")
    tour.settle()
    assert tour.camera[0] > near[0] + 0.5, "a swipe to the left turns to the east"


def zoom_to_the_end(tour, action):
    """Press a zoom button by key until it says that it has ended; how often."""
    button = tour.page.locator(f"[data-action={action}]")
    button.focus()
    for presses in range(60):
        if button.get_attribute("aria-disabled") == "true":
            return presses
        tour.page.keyboard.press("Enter")
        tour.settle()
    raise AssertionError(f"{action}: no end after 60 presses")


def test_zoom_buttons_show_their_ends_and_keep_the_focus(tour):
    tour.open_ready()
    focused = "document.activeElement.dataset.action"
    for action, other in (("zoomIn", "zoomOut"), ("zoomOut", "zoomIn")):
        assert zoom_to_the_end(tour, action) > 2
        assert tour.page.evaluate(focused) == action
        icon = f"getComputedStyle(document.querySelector('[data-action={action}] svg'))"
        assert float(tour.page.evaluate(f"{icon}.opacity")) < 0.5
        assert tour.page.get_attribute(f"[data-action={other}]", "aria-disabled") is None
        before = tour.camera
        tour.page.keyboard.press("Enter")
        tour.settle()
        assert tour.camera == pytest.approx(before, abs=1e-9)
    tour.page.click("[data-action=reset]")
    tour.settle()
    for action in ("zoomIn", "zoomOut"):
        assert tour.page.get_attribute(f"[data-action={action}]", "aria-disabled") is None


def test_zooming_in_ends_before_the_wall(tour):
    """The start looks at the wall's middle, half a metre behind its south side."""
    tour.open_ready()
    zoom_to_the_end(tour, "zoomIn")
    assert 0.5 < tour.camera[2] < 0.7
    assert tour.model_mask().mean() > 0.98
    tour.check_clean()


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowUp"])
def test_moving_on_and_on_leaves_the_wall_in_sight(tour, key):
    tour.open_ready()
    for press in ["+"] * 14 + [f"Shift+{key}"] * 80:
        tour.page.keyboard.press(press)
    tour.settle()
    mask = tour.model_mask()
    height, width = mask.shape
    middle = mask[3 * height // 10 : 7 * height // 10, 3 * width // 10 : 7 * width // 10]
    assert middle.mean() > 0.03, "some of it is still in the middle"
