"""List of nodes, plan, gyroscope and arrows on a page of their own: viewer/web/test/stories."""

import functools
import http.server
import subprocess
import threading
import time

import pytest

from tests.browser.conftest import WEB
from tests.browser.tour_page import NOTE_VIOLATIONS
from viewer.headers import page_policy
from vtour.node import find_node

PHONE = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}
SIZES = [(320, 568), (360, 640), (390, 844), (844, 390)]
STORIES = WEB / "test" / "stories"

TARGETS = """() => [...document.querySelectorAll("button, a[href], input")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { name: element.dataset.action ?? element.className, x, y, width, height };
  })"""
BOXES = """() => [".vt-top", ".vt-side", ".vt-corner", ".vt-pad", ".vt-bar"]
  .map((name) => document.querySelector(name))
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element) => [element.className, element.getBoundingClientRect().toJSON()])"""
SENSOR = """(degrees) => {
  const [alpha, beta, gamma] = degrees;
  dispatchEvent(new DeviceOrientationEvent("deviceorientation", { alpha, beta, gamma }));
}"""
HEADING = "story.state.heading"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files under the policy of the tour page, and says nothing."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", page_policy(["none"]))
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def stories(front_end, tmp_path_factory):
    """The address of the stories; ``front_end`` has looked for Node and its packages."""
    out = tmp_path_factory.mktemp("stories")
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    command = [find_node(), vite, "build", STORIES, "--outDir", out, "--logLevel", "error"]
    subprocess.run(command, cwd=WEB, check=True, timeout=120)
    handler = functools.partial(QuietHandler, directory=out)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture
def tell(browser, stories):
    """``tell(query, **context)``: an open page of the stories."""
    contexts = []

    def start(query="", script="", **options):
        settings = {"locale": "vi-VN", "reduced_motion": "reduce", **PHONE, **options}
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(NOTE_VIOLATIONS + script)
        page.goto(stories + query)
        until(page, "window.story")
        return page

    yield start
    for context in contexts:
        context.close()


def until(page, condition, limit_s=20):
    """Wait for a condition; the page's policy forbids what Playwright would do for it."""
    deadline = time.monotonic() + limit_s
    while not page.evaluate(f"!!({condition})"):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


def check_targets(page, width):
    for target in page.evaluate(TARGETS):
        assert min(target["width"], target["height"]) >= 44 - 1e-3, target
        if "vt-plan-dot" not in target["name"]:
            assert target["x"] >= -1e-3, target
            assert target["x"] + target["width"] <= width + 1e-3, target
    overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(overflow)


def apart(a, b):
    return (
        a["right"] <= b["left"] + 1
        or b["right"] <= a["left"] + 1
        or a["bottom"] <= b["top"] + 1
        or b["bottom"] <= a["top"] + 1
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["vi", "en", "zh-Hans"])
def test_all_controls_fit_and_lie_apart(tell, size, language):
    width, height = size
    page = tell(f"?lang={language}", viewport={"width": width, "height": height})
    page.click("[data-action=pad]")
    check_targets(page, width)
    boxes = page.evaluate(BOXES)
    for index, (name, box) in enumerate(boxes):
        for other, other_box in boxes[index + 1 :]:
            assert apart(box, other_box), (name, other)
    page.click("[data-action=pad]")
    page.click("[data-action=nodes]")
    check_targets(page, width)
    page.click(".vt-panel-close")
    page.click(".vt-plan-open")
    check_targets(page, width)


def test_zooming_has_a_button_at_every_width(tell):
    for width in (320, 360, 390, 430, 700):
        page = tell(viewport={"width": width, "height": 700})
        page.click("[data-action=pad]")
        shown = page.locator("[data-action=zoomIn]:visible, [data-pad=zoomIn]:visible")
        assert shown.count() == 1, width
        before = page.evaluate("story.state.fov")
        shown.click()
        assert page.evaluate("story.state.fov") < before


def test_the_list_marks_where_one_is_and_goes_elsewhere(tell):
    page = tell("?nodes=12")
    page.click("[data-action=nodes]")
    assert page.locator(".vt-nodes button").count() == 12
    assert page.locator(".vt-finder").count() == 0
    current = page.locator(".vt-nodes [aria-current=true]")
    assert current.inner_text().split("\n") == ["Cổng tam quan", "Bạn đang ở đây"]
    page.locator(".vt-nodes button").nth(2).focus()
    page.keyboard.press("Enter")
    assert current.inner_text().startswith("Nhà bia")
    assert page.evaluate("story.state.node.id") == "r0010-2"
    page.click("[data-language=en]")
    assert current.inner_text().split("\n") == ["Stele house", "You are here"]
    # A model on show: nobody is at any node.
    page.click(".vt-panel-close")
    page.click("[data-action=mode]")
    page.click("[data-action=nodes]")
    assert current.count() == 0


def test_pictures_come_when_needed_and_fall_back(tell):
    page = tell("?nodes=200")
    page.click("[data-action=nodes]")
    images = page.locator(".vt-thumb img")
    attributes = (
        "each => ['loading', 'width', 'height', 'alt'].map((name) => each.getAttribute(name))"
    )
    assert images.first.evaluate(attributes) == ["lazy", "96", "64", ""]
    # The second node's picture is missing: its preview is shown; the fourth has nothing but a sign.
    until(
        page, "document.querySelectorAll('.vt-thumb')[1].querySelector('img')?.naturalWidth === 64"
    )
    assert page.locator(".vt-thumb").nth(3).locator("img").count() == 0


def test_a_long_list_is_searched_without_marks(tell):
    page = tell("?nodes=200")
    page.click("[data-action=nodes]")
    field = page.get_by_role("searchbox", name="Tìm vị trí xem")
    field.fill("dai bai")
    assert page.locator(".vt-nodes button:visible").all_inner_texts() == ["Đình Đại Bái"]
    assert (
        page.get_by_role("status").filter(has_text="Tìm thấy").inner_text() == "Tìm thấy 1 vị trí"
    )
    # The language changes under it: what was typed stays.
    page.click("[data-language=en]")
    assert page.locator(".vt-nodes button:visible").count() == 1
    assert page.locator(".vt-found").inner_text() == "1 found"
    field = page.get_by_role("searchbox")
    field.fill("nowhere")
    assert page.locator(".vt-found").inner_text() == "No viewpoint matches."
    field.press("Escape")
    assert page.locator(".vt-nodes button:visible").count() == 200
    field.press("Escape")
    assert page.locator(".vt-panel").is_hidden()


def test_a_tap_on_the_plan_takes_the_nearest_of_two_dots(tell):
    page = tell("?nodes=3")
    page.click(".vt-plan-open")
    dots = (
        "[...document.querySelectorAll('.vt-plan-dot')].map((dot) => dot.getBoundingClientRect())"
    )
    until(page, f"{dots}.length === 3")  # drawn when the panel has its size
    _, first, second = page.evaluate(f"{dots}.map(({{ x, y }}) => [x + 22, y + 22])")
    assert abs(first[0] - second[0]) + abs(first[1] - second[1]) < 22
    for dot, other, node in ((first, second, "r0010-1"), (second, first, "r0010-2")):
        x, y = (2 * dot[0] - other[0], 2 * dot[1] - other[1])
        page.touchscreen.tap(x, y)
        until(page, f"story.state.node.id === '{node}'")
        assert (
            page.locator(".vt-plan-dot[aria-current=location]").get_attribute("data-node") == node
        )


def test_arrow_keys_walk_the_plan_and_it_is_one_stop_of_the_tab_key(tell):
    page = tell(viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False)
    page.click(".vt-plan-open")
    until(page, "document.querySelector('.vt-plan-dot')")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.node"
    assert page.evaluate(focused) == "r0010-0"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "r0010-1"
    page.keyboard.press("Enter")
    assert page.evaluate("story.state.node.id") == "r0010-1"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) is None
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) == "r0010-1"


def test_the_cone_turns_with_the_view_and_the_plan_folds(tell):
    page = tell()
    you = page.locator(".vt-plan-open g:has(.vt-plan-cone)")
    before = you.get_attribute("transform")
    page.click("[data-action=pad]")
    page.click("[data-direction=right]")
    # One step of 0.3 on from 0.4 radians.
    assert before.endswith("rotate(22.9)") and you.get_attribute("transform").endswith(
        "rotate(40.1)"
    )
    page.click("[data-action=pad]")
    page.click(".vt-plan-fold")
    assert page.locator(".vt-plan-open").is_hidden()
    assert page.get_attribute(".vt-plan-fold", "aria-expanded") == "false"
    page.click(".vt-plan-fold")
    assert page.locator(".vt-plan-open").is_visible()


PANEL_TOP = "document.querySelector('.vt-panel').getBoundingClientRect().top"


def test_the_large_plan_fits_its_panel_and_follows_the_language(tell):
    page = tell()
    page.click(".vt-plan-open")
    # The panel slides in: both are looked at in one moment.
    until(page, f"Math.abs(story.state.cover - (640 - {PANEL_TOP})) < 1")
    until(page, "document.querySelector('.vt-plan-large').getBoundingClientRect().bottom < 640")
    page.get_by_role("button", name="Nhà bia").wait_for()
    page.click("[data-language=en]")
    page.get_by_role("button", name="Stele house").wait_for()
    assert page.get_by_role("button", name="Nhà bia").count() == 0
    page.click(".vt-panel-close")
    assert page.evaluate("document.activeElement.className") == "vt-plan-open"


def test_a_sketch_says_so_and_has_neither_scale_nor_north(tell):
    page = tell("?world=sketch")
    page.click(".vt-plan-open")
    assert page.get_by_text("Sơ đồ, không theo tỉ lệ").is_visible()
    assert page.locator(".vt-plan-north, .vt-plan-bar").count() == 0
    true = tell()
    assert true.locator(".vt-plan-north").count() == 1 and true.locator(".vt-plan-bar").count() == 1


def test_an_arrow_held_down_turns_on_until_it_is_let_go(tell):
    page = tell(viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False)
    page.click("[data-action=pad]")
    box = page.locator("[data-direction=right]").bounding_box()
    page.mouse.move(box["x"] + 22, box["y"] + 22)
    page.mouse.down()
    assert page.evaluate(HEADING) == pytest.approx(0.7)
    until(page, f"{HEADING} > 0.9")
    page.mouse.up()
    rest = page.evaluate(HEADING)
    page.wait_for_timeout(200)
    assert page.evaluate(HEADING) == rest
    page.focus("[data-direction=left]")
    page.keyboard.press("Space")
    assert page.evaluate(HEADING) == pytest.approx(rest - 0.3)


def test_the_view_follows_the_phone_and_a_drag_shifts_it(tell):
    page = tell()
    button = page.locator("[data-action=gyroscope]")
    button.click()
    until(page, "story.gyroscope.state === 'on'")
    page.evaluate(SENSOR, [100, 90, 0])
    assert page.evaluate(HEADING) == pytest.approx(0.4)
    assert button.get_attribute("aria-pressed") == "true"
    # Alpha falls by 90 degrees: the phone turns to the right by as much.
    page.wait_for_timeout(600)
    page.evaluate(SENSOR, [10, 90, 0])
    assert page.evaluate(HEADING) == pytest.approx(0.4 + 1.5708, abs=1e-3)
    page.click("[data-action=pad]")
    page.focus("[data-direction=left]")
    page.keyboard.press("Space")  # one step: a slow click would be held down
    page.evaluate(SENSOR, [10, 90, 0])
    assert page.evaluate(HEADING) == pytest.approx(0.1 + 1.5708, abs=1e-3)
    button.click()
    page.evaluate(SENSOR, [200, 90, 0])
    assert page.evaluate(HEADING) == pytest.approx(0.1 + 1.5708, abs=1e-3)
    assert button.get_attribute("aria-pressed") == "false"


def test_a_phone_without_a_sensor_says_so_and_loses_the_button(tell):
    page = tell()
    page.focus("[data-action=gyroscope]")
    page.keyboard.press("Enter")
    page.evaluate("dispatchEvent(new DeviceOrientationEvent('deviceorientation'))")
    page.get_by_text("Không nhận được tín hiệu từ cảm biến").wait_for(timeout=3000)
    assert page.locator("[data-action=gyroscope]").is_hidden()
    assert page.evaluate("document.activeElement.className") == "vt-canvas"
    desktop = tell(is_mobile=False, has_touch=False)
    assert desktop.locator("[data-action=gyroscope]").is_hidden()


def test_permission_is_asked_on_a_tap_and_a_refusal_is_told(tell):
    asking = """window.asked = 0; DeviceOrientationEvent.requestPermission = async () => {
      window.asked += 1;
      window.activeOnAsking = navigator.userActivation.isActive;
      return window.answer;
    };"""
    page = tell(script=asking)
    assert page.evaluate("asked") == 0
    page.evaluate("window.answer = 'denied'")
    page.tap("[data-action=gyroscope]")
    page.get_by_text("Trình duyệt không cho dùng cảm biến").wait_for()
    assert page.evaluate("[asked, activeOnAsking, story.gyroscope.state]") == [1, True, "denied"]
    page.evaluate("window.answer = 'granted'")
    page.tap("[data-action=gyroscope]")
    until(page, "story.gyroscope.state === 'on'")


def test_nothing_breaks_the_policy_of_the_tour_page(tell):
    page = tell()
    for step in ("[data-action=nodes]", ".vt-panel-close", ".vt-plan-open", ".vt-panel-close"):
        page.click(step)
    page.click("[data-action=pad]")
    assert page.evaluate("window.__violations") == []
