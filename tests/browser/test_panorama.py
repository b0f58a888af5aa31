"""Panoramas in the tour page: right to the pixel, walked by keys, no black, bounded memory."""

import json
import math

import numpy as np
import pytest

from tests.sample_packages import MOST_GREEN, MOST_RED, NODE_BLUE, WALK_NODES, node_rotation
from vtour.sphere import view_rays, yaw_pitch_from_rays

MOTION = {"reduced_motion": "no-preference"}
SAMPLE_FRAMES = """
const ask = window.requestAnimationFrame.bind(window);
const small = new OffscreenCanvas(2, 2);
const context = small.getContext("2d", { willReadFrequently: true });
window.__frames = null;
// Right after a frame was drawn its picture is still in the canvas.
window.requestAnimationFrame = (callback) => ask((time) => {
  callback(time);
  const canvas = document.querySelector(".vt-canvas");
  if (!window.__frames || !canvas) return;
  context.clearRect(0, 0, 2, 2);
  context.drawImage(canvas, 0, 0, 2, 2);
  window.__frames.push([...context.getImageData(0, 0, 2, 2).data]);
});
"""


def opened(visit, folder, device="desktop", query="", **options):
    return visit(folder, device, **options).open_ready(query)


def colours_expected(tour, node, points):
    """The colours that the picture of ``node`` has at points (n, 2) of the screen, (n, 3)."""
    found = tour.panorama
    size = tour.page.viewport_size
    width, height = size["width"], size["height"]
    # The middle of the picture lies in the middle of what the bars leave free.
    middle = np.array([width / 2, height / 2 - (76 - 60) / 2])
    focal = height / 2 / math.tan(math.radians(found["fov_deg"]) / 2)
    aside, above = ((np.array(points) + 0.5 - middle) / focal).T
    rays = np.stack([aside, -above, -np.ones_like(aside)], axis=-1)
    rays = rays @ world_from_view(found).T @ node_rotation(node)
    yaw, pitch = yaw_pitch_from_rays(rays)
    red = (yaw / math.tau + 0.5) * MOST_RED
    green = (pitch / math.pi + 0.5) * MOST_GREEN
    return np.stack([red, green, np.full_like(red, NODE_BLUE[node])], axis=-1)


def world_from_view(found):
    """A level camera that looks along a heading and a pitch of the world."""
    from vtour.sphere import rotation_from_angles

    heading, pitch = math.radians(found["heading_deg"]), math.radians(found["pitch_in_world_deg"])
    return rotation_from_angles(heading, pitch, 0.0)


@pytest.mark.parametrize("device", ["phone", "desktop"])
@pytest.mark.parametrize("node", WALK_NODES)
@pytest.mark.parametrize(("off_yaw", "off_pitch", "fov"), [(0, 0, 60), (14, -9, 35), (-17, 12, 95)])
def test_spot_is_where_its_hotspot_is(walk, visit, device, node, off_yaw, off_pitch, fov):
    yaw, pitch = WALK_NODES[node][3]
    if device == "phone":
        off_yaw /= 3
    query = f"?node={node}&yaw={yaw + off_yaw}&pitch={pitch + off_pitch}&fov={fov}"
    tour = opened(visit, walk, device, query)
    spot = tour.hotspot(f"spot-{node}")
    assert spot["inside"]
    picture = tour.scene()
    rows, cols = np.nonzero((picture > 240).all(axis=2))
    assert len(rows) > 20
    assert math.hypot(cols.mean() + 0.5 - spot["x"], rows.mean() + 0.5 - spot["y"]) <= 2
    tour.check_clean()


@pytest.mark.parametrize("node", WALK_NODES)
def test_every_pixel_has_the_colour_of_its_direction(walk, visit, node):
    tour = opened(visit, walk, "desktop", f"?node={node}&yaw=-130&pitch=25&fov=80")
    picture = tour.scene()
    points = np.random.default_rng(3).integers((20, 20), (1260, 780), (400, 2))
    seen = picture[points[:, 1], points[:, 0]]
    off = np.abs(seen - colours_expected(tour, node, points))
    spots = (seen > 190).all(axis=1)
    assert np.quantile(off[~spots].max(axis=1), 0.98) <= 4


def test_heading_is_kept_across_a_link(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=a&yaw=-20&pitch=-5&fov=70")
    before = tour.panorama
    tour.page.locator(".vt-way[data-node=b]").click()
    tour.until("vtour.state().panorama.node === 'b'")
    tour.settle()
    after = tour.panorama
    assert after["heading_deg"] == pytest.approx(before["heading_deg"], abs=1e-6)
    assert after["fov_deg"] == pytest.approx(before["fov_deg"], abs=1e-6)
    # The middle of b's picture looks east.
    assert after["yaw_deg"] == pytest.approx(before["yaw_deg"] - 90, abs=1e-6)
    tour.until("location.search.includes('node=b')")
    assert "yaw=-110" in tour.page.url and "fov=70" in tour.page.url


def test_way_points_to_its_node(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=a&yaw=0&pitch=0")
    way = tour.way("b")
    assert way["inside"] and way["x"] == pytest.approx(640, abs=1)
    assert way["y"] > 400, "it lies on the ground"
    box = tour.page.locator(".vt-way[data-node=b]").bounding_box()
    assert min(box["width"], box["height"]) >= 44
    assert "phía trước" in way["name"] and "6 m" in way["name"]


@pytest.mark.parametrize("size", [(390, 844), (360, 640)])
def test_names_of_ways_are_on_show_where_one_cannot_hover(walk, visit, size):
    viewport = {"width": size[0], "height": size[1]}
    tour = opened(visit, walk, "phone", "?node=a&yaw=0&pitch=-15&lang=en", viewport=viewport)
    label = tour.page.locator(".vt-way[data-node=b] .vt-label")
    tour.until("vtour.state().ways.every((way) => way.named)")
    assert label.inner_text() == "Spot b"  # as in the button's name; the style draws the length
    assert label.get_attribute("data-length").replace("\u00a0", " ") == "6 m"
    tour.page.wait_for_timeout(250)
    assert label.evaluate("(each) => getComputedStyle(each).opacity") == "1"
    name, arrow = label.bounding_box(), tour.page.locator(".vt-way-mark").first.bounding_box()
    assert name["y"] >= arrow["y"] + arrow["height"] and name["x"] >= 0
    assert min(arrow["width"], arrow["height"]) >= 44
    desktop = opened(visit, walk, "desktop", "?node=a&yaw=0&pitch=-15&lang=en")
    assert not desktop.way("b")["named"]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("size", [(390, 844), (360, 640), (640, 360), (568, 320)])
def test_way_out_of_sight_stands_at_the_edge_of_a_phone(walk, visit, size, side):
    viewport = {"width": size[0], "height": size[1]}
    # b looks east, where c is; a is to the south.
    yaw = -80 if side == "right" else 80
    tour = opened(visit, walk, "phone", f"?node=b&yaw={yaw}&lang=en", viewport=viewport)
    away = tour.page.locator(".vt-way[data-node=c]")
    assert not tour.way("c")["inside"] and away.get_attribute("data-side") == side
    box = away.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert away.locator(".vt-label").inner_text().startswith("Spot c")
    for covered in (".vt-side", ".vt-plan", ".vt-bar"):
        other = tour.page.locator(covered).bounding_box()
        assert (
            box["x"] + box["width"] <= other["x"]
            or box["y"] >= other["y"] + other["height"]
            or (box["y"] + box["height"] <= other["y"] or other["x"] + other["width"] <= box["x"])
        ), covered
    tour.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tour.until("vtour.state().panorama.node === 'c'")


def test_arrow_lies_clear_of_the_bars(walk, visit):
    tour = opened(visit, walk, "phone", "?node=a&yaw=0&pitch=20&fov=80")
    arrow = tour.page.locator(".vt-way[data-node=b]")
    bar = tour.page.locator(".vt-bar").bounding_box()
    assert tour.way("b")["y"] > bar["y"] - 28, "it would lie under the bar"
    box = arrow.bounding_box()
    assert tour.way("b")["inside"] and box["y"] + box["height"] <= bar["y"] + 1


def test_walk_by_keyboard_alone(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=a")
    for _ in range(12):
        tour.page.keyboard.press("Tab")
        if tour.page.evaluate("document.activeElement.className") == "vt-way":
            break
    tour.page.keyboard.press("Enter")
    tour.until("vtour.state().panorama.node === 'b'")
    tour.page.keyboard.press("Tab")
    for _ in range(12):
        if tour.page.evaluate("document.activeElement.dataset.node") == "c":
            break
        tour.page.keyboard.press("Tab")
    # A way out of sight that gets the focus turns the camera to it.
    tour.until("vtour.state().ways.find((way) => way.to === 'c').inside")
    tour.page.keyboard.press("Enter")
    tour.until("vtour.state().panorama.node === 'c'")
    tour.page.evaluate("document.activeElement.blur()")
    heading = tour.panorama["heading_deg"]
    tour.page.keyboard.press("ArrowRight")
    tour.settle()
    assert tour.panorama["heading_deg"] > heading + 3
    fov = tour.panorama["fov_deg"]
    tour.page.keyboard.press("+")
    tour.settle()
    assert tour.panorama["fov_deg"] < fov
    tour.check_clean()


def test_pixel_follows_the_finger(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=a&yaw=30&pitch=15&fov=70")
    spot = tour.hotspot("spot-a")
    x, y = spot["x"] + 20, spot["y"] + 30
    tour.page.mouse.move(x, y)
    tour.page.mouse.down()
    tour.page.mouse.move(x + 40, y + 30)
    tour.page.mouse.move(x + 160, y + 110)
    tour.page.wait_for_timeout(150)
    tour.page.mouse.up()
    tour.settle()
    moved = tour.hotspot("spot-a")
    # A point near the finger moves nearly as the finger does.
    assert moved["x"] - spot["x"] == pytest.approx(160, abs=6)
    assert moved["y"] - spot["y"] == pytest.approx(110, abs=6)


def test_wheel_zooms_at_the_pointer_within_limits(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=a&yaw=30&pitch=15&fov=80")
    spot = tour.hotspot("spot-a")
    tour.page.mouse.move(spot["x"], spot["y"])
    tour.page.mouse.wheel(0, -240)
    tour.settle()
    assert tour.panorama["fov_deg"] < 65
    moved = tour.hotspot("spot-a")
    assert math.hypot(moved["x"] - spot["x"], moved["y"] - spot["y"]) < 2
    for _ in range(12):
        tour.page.mouse.wheel(0, -240)
    tour.settle()
    assert tour.panorama["fov_deg"] == pytest.approx(30)
    assert tour.page.get_attribute("[data-action=zoomIn]", "aria-disabled") == "true"


def test_no_black_between_nodes(walk, visit):
    tour = visit(walk, **MOTION)
    tour.page.add_init_script(SAMPLE_FRAMES)
    tour.open_ready("?node=a&yaw=0&pitch=-10")
    tour.page.evaluate("window.__frames = []")
    tour.page.locator(".vt-way[data-node=b]").click()
    tour.until("vtour.state().panorama.node === 'b' && !vtour.state().panorama.fading")
    tour.settle()
    frames = np.array(tour.page.evaluate("window.__frames")).reshape(-1, 4, 4)
    assert len(frames) >= 3
    assert (frames[..., 3] == 255).all(), "a canvas that one sees through"
    blue = frames[..., 2]
    # From a's blue to b's: never below, as black or a see-through canvas would be.
    assert blue.min() >= NODE_BLUE["a"] - 6
    assert blue.max() <= NODE_BLUE["b"] + 6
    assert tour.panorama["node"] == "b"


@pytest.mark.parametrize("quiet", ["reduce", "no-preference"])
def test_cut_or_fade(walk, visit, quiet):
    tour = opened(visit, walk, "desktop", "?node=a&yaw=0&pitch=-10", reduced_motion=quiet)
    tour.page.evaluate(
        """() => {
          window.__fades = 0;
          const look = () => {
            window.__fades += vtour.state().panorama.fading ? 1 : 0;
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    tour.page.locator(".vt-way[data-node=b]").click()
    tour.until("vtour.state().panorama.node === 'b' && !vtour.state().panorama.fading")
    tour.settle()
    assert (tour.page.evaluate("window.__fades") > 0) == (quiet == "no-preference")


def test_old_node_stays_until_the_new_one_is_here(walk, visit):
    tour = visit(walk)
    held = []
    tour.page.route("**/panoramas/b/base.webp*", lambda route: held.append(route))
    tour.open_ready("?node=a&yaw=0&pitch=-10")
    tour.page.locator(".vt-way[data-node=b]").click()
    tour.until("vtour.state().panorama.arriving === 'b'")
    tour.page.wait_for_timeout(200)
    assert tour.panorama["node"] == "a"
    assert abs(np.median(tour.scene()[..., 2]) - NODE_BLUE["a"]) < 6
    for route in held:
        route.continue_()
    tour.until("vtour.state().panorama.node === 'b'")


FEEL = """
dispatchEvent(new DeviceOrientationEvent("deviceorientation", { alpha: 100, beta: 90, gamma: 0 }))
"""
SWITCH = "document.querySelector('[data-action=gyroscope]').click()"
# Over and over, as a sensor does: one that tells nothing for two seconds counts as none.
SWITCH_ON = f"window.__feel ??= setInterval(() => {FEEL.strip()}, 40); {SWITCH}"
IS_ON = "document.querySelector('[data-action=gyroscope][aria-pressed=true]') !== null"


def switch_on(tour):
    tour.until("!!document.querySelector('[data-action=gyroscope]')")
    tour.page.evaluate(SWITCH_ON)
    tour.until(IS_ON)
    tour.settle()


def drag(tour, across, down):
    tour.page.mouse.move(195, 300)
    tour.page.mouse.down()
    tour.page.mouse.move(195 + across, 300 + down, steps=4)
    tour.page.mouse.up()
    tour.settle()


def looks_to(tour):
    found = tour.panorama
    return [found["heading_deg"], found["pitch_in_world_deg"]]


def test_gyroscope_goes_on_from_the_view_whenever_it_is_switched_on(walk, visit):
    tour = opened(visit, walk, "phone", "?node=a&yaw=0&pitch=0")
    switch_on(tour)
    assert looks_to(tour) == pytest.approx([0, 0], abs=0.1)
    # A drag while it is on is kept.
    drag(tour, -100, 0)
    heading, _ = looks_to(tour)
    assert heading > 5
    tour.page.wait_for_timeout(200)
    assert looks_to(tour)[0] == pytest.approx(heading, abs=0.1)
    # One while it is off, too, and only once.
    tour.page.evaluate(SWITCH)
    drag(tour, -100, 0)
    turned, _ = looks_to(tour)
    assert turned > heading + 5
    switch_on(tour)
    assert looks_to(tour)[0] == pytest.approx(turned, abs=0.1)


def test_gyroscope_stays_at_a_hotspot_and_is_level_at_the_next_node(walk, visit):
    tour = opened(visit, walk, "phone", "?node=a&yaw=0&pitch=0", **MOTION)
    switch_on(tour)
    tour.page.evaluate("location.hash = 'hotspot=spot-a'")
    tour.until("vtour.state().panel === 'hotspot'")
    tour.until("Math.abs(vtour.state().panorama.heading_deg - 20) < 0.5")
    tour.page.wait_for_timeout(800)
    assert looks_to(tour) == pytest.approx([20, 10], abs=0.5)
    tour.page.evaluate("document.querySelector('.vt-way[data-node=b]').click()")
    tour.until("vtour.state().panorama.node === 'b'")
    tour.until("Math.abs(vtour.state().panorama.pitch_in_world_deg) < 0.5")
    assert looks_to(tour)[0] == pytest.approx(20, abs=0.5)


# The sensor speaks for the first time after the hotspot has turned the view.
LATE_SENSOR = f"""
async () => {{
  const until = async (holds) => {{
    while (!holds()) await new Promise(requestAnimationFrame);
  }};
  {SWITCH};
  await until(() => {IS_ON});
  location.hash = "hotspot=spot-a";
  await until(() => Math.abs(vtour.state().panorama.heading_deg - 20) < 0.5);
  {FEEL.strip()}
}}
"""


def test_hotspot_opened_before_the_sensor_speaks_stays_in_view(walk, visit):
    tour = opened(visit, walk, "phone", "?node=a&yaw=0&pitch=0")
    tour.until("!!document.querySelector('[data-action=gyroscope]')")
    tour.page.evaluate(LATE_SENSOR)
    assert looks_to(tour) == pytest.approx([20, 10], abs=0.5)


def test_node_that_cannot_be_loaded_says_so(walk, visit):
    tour = visit(walk)
    tour.page.route("**/panoramas/b/base.webp*", lambda route: route.fulfill(status=404))
    tour.open_ready("?node=a&yaw=0&pitch=-10")
    tour.page.locator(".vt-way[data-node=b]").click()
    note = tour.page.locator(".vt-note")
    tour.until("document.querySelector('.vt-note').innerText.includes('toàn cảnh')")
    assert note.is_visible() and tour.panorama["node"] == "a"


def test_why_a_node_does_not_come_stays_to_be_read(walk, visit):
    tour = opened(visit, walk, "desktop", "?lang=en&node=a&yaw=0&pitch=-10")
    tour.page.route("**/panoramas/**", lambda route: route.abort())
    tour.page.evaluate("document.querySelector('.vt-way[data-node=b]').click()")
    note = tour.page.locator(".vt-note")
    tour.until("/reach/.test(document.querySelector('.vt-note').innerText)")
    words = note.inner_text()
    for _ in range(6):
        tour.page.keyboard.press("ArrowRight")
    tour.page.wait_for_timeout(1000)
    assert note.inner_text() == words


def test_first_panorama_missing_is_a_problem_that_can_be_tried_again(walk, visit):
    tour = visit(walk)
    broken = "**/panoramas/a/base.webp*"
    tour.page.route(broken, lambda route: route.abort())
    tour.open("?node=a")
    tour.until("vtour.state().problem === 'network'")
    tour.page.unroute(broken)
    tour.page.click("[data-action=retry]")
    tour.until("vtour.state().status === 'ready'")
    tour.settle()
    assert tour.panorama["level"] == 1


def test_tile_memory_is_bounded(walk, visit):
    tour = visit(walk, "phone")
    # A weak phone: the smallest cache.
    tour.page.add_init_script(
        "Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 2 })"
    )
    tour.open_ready("?node=a")
    assert tour.panorama["budget"] == 48 * 2**20
    for step in range(100):
        node = "abcb"[step % 4]
        tour.page.evaluate(
            "([entry, address]) => { history.pushState(entry, '', address);"
            " window.dispatchEvent(new PopStateEvent('popstate')); }",
            [{"entry": "scene"}, f"?node={node}&yaw={step * 47 % 360}"],
        )
        tour.until(f"vtour.state().panorama.node === '{node}'")
        if step % 10 == 0:
            tour.settle()
    found = tour.settle().panorama
    assert found["peakBytes"] <= found["budget"]
    assert found["uploads"] * 4 / 3 * 2**20 > 1.2 * found["budget"], "nothing had to go"
    assert found["mostUploads"] <= 2


LOSE_CONTEXT = (
    "window.__lose = document.querySelector('.vt-canvas').getContext('webgl2')"
    ".getExtension('WEBGL_lose_context'); window.__lose.loseContext()"
)


def test_lost_context_comes_back(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=b&yaw=40&pitch=5")
    before = tour.scene()
    tour.page.evaluate(LOSE_CONTEXT)
    tour.page.wait_for_timeout(150)
    tour.page.evaluate("window.__lose.restoreContext()")
    tour.until("vtour.state().panorama.level === 1")
    tour.settle()
    assert np.abs(tour.scene() - before).max() <= 2


def test_context_that_never_comes_back_offers_to_load_the_page_anew(walk, visit):
    tour = opened(visit, walk, "desktop", "?lang=en&node=b&yaw=40&pitch=5")
    tour.page.evaluate(LOSE_CONTEXT)
    tour.until("document.querySelector('.vt-problem').dataset.problem === 'picture-lost'")
    assert tour.page.locator(".vt-problem [data-action=readText]").is_visible()
    tour.page.click(".vt-problem [data-action=retry]")
    tour.until("window.__lose === undefined && window.vtour?.state().status === 'ready'", 40)
    assert tour.settle().panorama["node"] == "b"


@pytest.mark.parametrize("first", [True, False])
def test_base_that_comes_while_the_context_is_lost_is_shown_later(walk, visit, first):
    tour = visit(walk)
    held = []
    tour.page.route("**/panoramas/b/base.webp*", lambda route: held.append(route))
    # No tile lies over the base.
    tour.page.route("**/panoramas/b/1/*", lambda route: route.fulfill(status=404))
    if first:
        tour.open("?node=b&yaw=-90&pitch=-10")
        tour.until("vtour.state().panorama?.arriving === 'b'")
    else:
        tour.open_ready("?node=a&yaw=0&pitch=-10")
        tour.page.locator(".vt-way[data-node=b]").click()
        tour.until("vtour.state().panorama.arriving === 'b'")
    tour.page.evaluate(LOSE_CONTEXT)
    tour.page.wait_for_timeout(150)
    with tour.page.expect_response("**/panoramas/b/base.webp*") as answer:
        for route in held:
            route.continue_()
    answer.value.finished()
    tour.page.wait_for_timeout(300)
    tour.page.evaluate("window.__lose.restoreContext()")
    tour.until("vtour.state().panorama.node === 'b' && vtour.state().panorama.level === -1")
    tour.settle()
    off = np.abs(tour.scene()[::40, ::40, 2] - NODE_BLUE["b"])
    assert np.median(off) < 6 and not [line for line in tour.console if "exception" in line]


def test_first_view_costs_little(walk, visit):
    tour = visit(walk, "phone")
    asked = []
    tour.page.on("request", lambda request: asked.append(request.url))
    tour.open_ready("?node=b")
    pictures = [url for url in asked if "/panoramas/" in url]
    tiles = [url for url in pictures if "/panoramas/b/" in url and "base" not in url]
    others = [url for url in pictures if "/panoramas/b/" not in url]
    # Four tiles of 45 degrees in the middle, and what lies just beyond the edges.
    assert 4 <= len(tiles) <= 9
    assert all("/1/" in url for url in tiles)
    assert pictures[0].split("?")[0].endswith("b/base.webp")
    assert sorted(url.split("/")[-2] for url in others) in ([], ["a"], ["a", "c"])
    assert all("base.webp" in url for url in others), "neighbours: the base only"
    assert not [url for url in asked if ".glb" in url]


def test_tiles_out_of_sight_are_given_up(walk, visit):
    tour = visit(walk)
    held = []
    tour.page.route("**/panoramas/a/1/*", lambda route: held.append(route))
    tour.open("?node=a&yaw=0&fov=60")
    tour.until("vtour.state().status === 'ready'")
    tour.until("vtour.state().panorama.loading > 0")
    tour.page.wait_for_timeout(300)
    assert 0 < len(held) <= 6
    failed = []
    tour.page.on("requestfailed", lambda request: failed.append(request.url))
    for _ in range(14):
        tour.page.keyboard.press("ArrowRight")
    tour.page.wait_for_timeout(300)
    assert failed, "requests for what is no longer seen go on"


def test_link_with_a_node_opens_it_and_back_works(walk, visit):
    tour = opened(visit, walk, "desktop", "?lang=en&node=c&yaw=12.5&pitch=-3&fov=55")
    found = tour.panorama
    assert found["node"] == "c"
    assert [found["yaw_deg"], found["pitch_deg"], found["fov_deg"]] == pytest.approx([12.5, -3, 55])
    tour.page.evaluate("location.hash = 'hotspot=spot-c'")
    tour.until("vtour.state().panel === 'hotspot'")
    tour.settle()
    spot = tour.hotspot("spot-c")
    assert spot["inside"]
    tour.page.keyboard.press("Escape")
    tour.page.keyboard.press("ArrowLeft")
    tour.until("location.search.includes('node=c') && location.search.includes('lang=en')")
    tour.check_clean()


def test_address_keeps_the_place_that_a_link_named(walk, visit):
    tour = opened(visit, walk, "desktop", "?lang=en&node=b&yaw=12.5&pitch=-3&fov=55")
    tour.page.wait_for_timeout(600)
    assert "node=b" in tour.page.url and "yaw=12.5" in tour.page.url
    tour.page.reload(wait_until="domcontentloaded")
    tour.until("!!window.vtour && vtour.state().status === 'ready'")
    found = tour.settle().panorama
    assert found["node"] == "b" and found["yaw_deg"] == pytest.approx(12.5, abs=0.01)
    plain = opened(visit, walk, "desktop", "?lang=en")
    plain.page.wait_for_timeout(600)
    assert "node=" not in plain.page.url


def test_unknown_node_begins_at_the_start_and_says_so(walk, visit):
    tour = opened(visit, walk, "desktop", "?node=nowhere")
    assert tour.panorama["node"] == "a"
    assert tour.page.locator(".vt-note").inner_text() == "Địa điểm này không còn nữa."
    tour.until("!location.search.includes('nowhere')")


def test_start_of_the_manifest(walk, visit):
    manifest = json.loads((walk / "tour.json").read_text(encoding="utf-8"))
    manifest["start"] = {"position": [0, 1.6, -6], "target": [5, 1.6, -6], "node": "b"}
    tour = visit(walk)
    tour.page.route("**/tour.json*", lambda route: route.fulfill(json=manifest))
    tour.open_ready()
    found = tour.panorama
    assert found["node"] == "b" and found["heading_deg"] == pytest.approx(90)
    assert tour.way("c")["x"] == pytest.approx(640, abs=1)


def test_text_version_names_the_nodes(walk, visit):
    tour = opened(visit, walk, "phone", "?lang=en")
    tour.open_info()
    tour.page.click(".vt-panel [data-action=readText]")
    text = tour.page.locator(".vt-text-tour").inner_text()
    assert "Spot a" in text and "Mark b" in text
    tour.page.locator(".vt-text-tour [data-node=c]").click()
    tour.until("vtour.state().panorama.node === 'c'")
    assert not tour.page.locator(".vt-text-tour").is_visible()


def test_view_rays_agree_with_the_level_camera():
    """The reference of this file against the one of the build."""
    rotation = world_from_view({"heading_deg": 90.0, "pitch_in_world_deg": 0.0})
    middle = view_rays(rotation, (3, 3), 1.0)[1, 1]
    assert middle / np.linalg.norm(middle) == pytest.approx([1, 0, 0], abs=1e-12)
