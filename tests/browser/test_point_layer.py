"""Points on the scene of model and panoramas: in their place, in their colours, and gone again."""

import json
import shutil
import struct

import numpy as np
import pytest

from tests.browser.conftest import WEB
from tests.browser.points import wall_points, write_scanned_wall
from tests.browser.test_panorama_model import RUN_AXE
from tests.browser.tour_page import where
from tests.browser.wall import HIGH, LOW, MAGENTA, QUARTERS
from tests.sample_packages import change_manifest, write_walk
from vtour.files import file_digest

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
ALL_HERE = "vtour.state().points?.all_ms > 0 && vtour.state().idle"
LIMITS = "vtour.state().points.points <= 3e6 && vtour.state().points.budget <= 256 * 2 ** 20"


@pytest.fixture
def tour(scanned, visit):
    return visit(scanned)


def open_layers(tour):
    tour.page.click("[data-action=layers]")
    tour.until("vtour.state().panel === 'layers'")


def show_points_alone(tour):
    """Points on, model off, nothing shaded: what is seen is what the tiles hold."""
    open_layers(tour)
    tour.page.click("[data-layer=pointLayer]")
    tour.until(ALL_HERE, 60)
    tour.page.click("[data-layer=modelLayer]")
    if tour.state["points"]["shaded"]:
        tour.page.click("[data-layer=shading]")
    tour.page.click(".vt-panel-close")
    return tour.settle()


def quarters_seen(tour, tolerance=10):
    picture = tour.scene()
    return {name: where(picture, colour, tolerance) for name, colour in QUARTERS.items()}


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_points_lie_on_the_model_in_its_colours(scanned, visit, device):
    tour = visit(scanned, device).open_ready()
    model = quarters_seen(tour)
    show_points_alone(tour)
    points = quarters_seen(tour)
    for name, (x, y, count) in model.items():
        assert points[name][:2] == pytest.approx((x, y), abs=2), name
        assert points[name][2] == pytest.approx(count, rel=0.1), name
    assert where(tour.scene(), MAGENTA)[2] == 0
    tour.check_clean()


def test_points_are_loaded_when_they_are_asked_for(tour):
    asked = []
    tour.page.on("request", lambda request: asked.append(request.url))
    tour.open_ready()
    later = ("/points/", "/points-", "/surveying-")
    assert not [url for url in asked if any(part in url for part in later)]
    open_layers(tour)
    assert not [url for url in asked if "/points/" in url]
    tour.page.click("[data-layer=pointLayer]")
    tour.until(ALL_HERE, 60)
    tiles = [url for url in asked if "/points/" in url]
    assert len(tiles) == 6 and len(set(tiles)) == 6
    assert all("?v=" in url for url in tiles), "a browser may keep them for ever"
    assert tour.page.evaluate(LIMITS)
    tour.check_clean()


def test_leaving_frees_the_points_and_they_come_again(tour):
    tour.open_ready()
    open_layers(tour)
    tour.page.click("[data-layer=pointLayer]")
    tour.until(ALL_HERE, 60)
    tour.page.click("[data-layer=pointLayer]")
    tour.until("vtour.state().points === null")
    tour.settle()
    assert tour.page.get_attribute("[data-layer=pointLayer]", "aria-checked") == "false"
    tour.page.click("[data-layer=pointLayer]")
    tour.until(ALL_HERE, 60)
    assert tour.state["points"]["points"] == 200 * 150
    tour.check_clean()


def test_link_opens_with_points(tour):
    tour.open_ready("?points")
    tour.until(ALL_HERE, 60)
    tour.check_clean()


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_tour_of_points_alone_begins_with_them(cloud, visit, device):
    tour = visit(cloud, device).open_ready()
    tour.until(ALL_HERE, 60)
    seen = quarters_seen(tour)
    assert seen["red"][0] < seen["green"][0] and seen["red"][1] < seen["blue"][1]
    assert seen["blue"][0] < seen["yellow"][0] and seen["green"][1] < seen["yellow"][1]
    tour.page.keyboard.press("ArrowRight")
    tour.settle()
    assert tour.camera[0] > 0.3
    tour.check_clean()


def test_intensity_is_grey(tmp_path, visit):
    """It grows with the height from 0 to 1, and is told as it shall look."""
    tour = visit(write_scanned_wall(tmp_path / "grey", colour=False)).open_ready()
    show_points_alone(tour)
    picture = tour.scene()
    for height in (0.5, 1.5, 2.5):
        x, y = project(tour, [0, height, 0.5])
        seen = picture[y, x]
        assert np.ptp(seen) <= 1
        assert seen[0] == pytest.approx(255 * height / 3, abs=6)
    tour.page.click("[data-action=layers]")
    assert "Sắc xám" in tour.page.inner_text(".vt-switches")


def project(tour, point):
    """Where a point of the world is, by the camera of the page: whole CSS pixels."""
    position, target = np.split(tour.camera, 2)
    ahead = (target - position) / np.linalg.norm(target - position)
    right = np.cross(ahead, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    offset = np.array(point) - position
    width, height = tour.page.viewport_size.values()
    focal = height / 2 / np.tan(np.radians(50 / 2))
    depth = offset @ ahead
    # The middle of the picture is the middle of what the bars leave free; there the cross is.
    cross = tour.page.locator(".vt-cross")
    middle = width / 2, (60 + height - 76) / 2
    if cross.count() and cross.is_visible():
        box = cross.bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return (
        round(middle[0] + focal * (offset @ right) / depth),
        round(middle[1] - focal * (offset @ up) / depth),
    )


def test_shading_darkens_edges_only(tour):
    tour.open_ready()
    show_points_alone(tour)
    plain = tour.scene()
    open_layers(tour)
    tour.page.click("[data-layer=shading]")
    tour.page.click(".vt-panel-close")
    tour.settle()
    shaded = tour.scene()
    # A flat wall seen straight on has no edges in depth.
    x, y = project(tour, [1, 2.25, 0.5])
    inside = np.s_[y - 40 : y + 40, x - 40 : x + 40]
    assert np.abs(shaded[inside] - plain[inside]).mean() < 3
    assert (shaded <= plain + 2).all(), "nothing gets brighter"
    tour.check_clean()


def test_cut_takes_off_what_is_above(tour):
    tour.open_ready()
    before = quarters_seen(tour)
    open_layers(tour)
    tour.page.click("[data-layer=cut]")
    tour.page.click(".vt-panel-close")
    tour.settle()
    model = quarters_seen(tour)
    assert model["red"][2] + model["green"][2] < 0.05 * before["red"][2]
    assert model["blue"][2] == pytest.approx(before["blue"][2], rel=0.05)
    show_points_alone(tour)
    points = quarters_seen(tour)
    assert points["red"][2] + points["green"][2] < 0.05 * before["red"][2]
    assert points["blue"][2] == pytest.approx(before["blue"][2], rel=0.1)
    open_layers(tour)
    slider = tour.page.locator(".vt-range")
    slider.focus()
    tour.page.keyboard.press("End")
    tour.settle()
    assert slider.get_attribute("aria-valuetext") == "3 m"
    assert quarters_seen(tour)["red"][2] > 0.5 * before["red"][2]
    tour.page.keyboard.press("Escape")
    tour.check_clean()


def test_lost_context_brings_the_points_back(tour):
    tour.open_ready()
    show_points_alone(tour)
    before = quarters_seen(tour)
    tour.page.evaluate(
        """() => {
          const gl = document.querySelector("canvas").getContext("webgl2");
          window.__lost = gl.getExtension("WEBGL_lose_context");
          window.__lost.loseContext();
        }"""
    )
    tour.until("document.querySelector('.vt-curtain').dataset.look === 'busy'")
    tour.page.evaluate("window.__lost.restoreContext()")
    tour.until("document.querySelector('.vt-curtain').dataset.look === 'hidden'")
    tour.settle()
    after = quarters_seen(tour)
    for name in QUARTERS:
        assert after[name] == pytest.approx(before[name], abs=3), name


def damaged(scanned, tmp_path, damage):
    """A copy of the package, its files damaged, the digests as they were."""
    folder = tmp_path / "damaged"
    shutil.copytree(scanned, folder)
    change_manifest(folder, lambda value: value.update(id="damaged"))
    damage(folder / "points")
    return folder


BROKEN = {
    "no json": lambda points: (points / "tileset.json").write_text("{"),
    "no root": lambda points: (points / "tileset.json").write_text('{"asset": {"version": "1.1"}}'),
    "old": lambda points: (points / "tileset.json").write_text('{"asset": {"version": "2.0"}}'),
    "no volume": lambda points: change_tileset(points, lambda root: root.pop("boundingVolume")),
    "flat root": lambda points: change_tileset(
        points, lambda root: root.update(transform=[0] * 16)
    ),
    "elsewhere": lambda points: change_tileset(
        points, lambda root: root["content"].update(uri="https://example.com/root.glb")
    ),
}


def change_tileset(points, change):
    value = json.loads((points / "tileset.json").read_text())
    change(value["root"])
    (points / "tileset.json").write_text(json.dumps(value))


@pytest.mark.parametrize("kind", BROKEN)
def test_damaged_tileset_is_told_and_the_tour_goes_on(scanned, visit, tmp_path, kind):
    tour = visit(damaged(scanned, tmp_path, BROKEN[kind])).open_ready("?lang=en")
    open_layers(tour)
    tour.page.click("[data-layer=pointLayer]")
    tour.until("document.querySelector('.vt-note').innerText.includes('could not be opened')")
    assert tour.page.get_attribute(".vt-note", "data-shown") == "true"
    assert tour.page.get_attribute("[data-layer=pointLayer]", "aria-checked") == "false"
    assert tour.state["points"] is None
    assert tour.state["status"] == "ready" and quarters_seen(tour)["red"][2] > 1000
    tour.check_clean(console=False)


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_damaged_tile_is_left_out(scanned, visit, tmp_path, damage):
    def harm(points):
        tile = points / "red.glb"
        if damage == "missing":
            tile.unlink()
        else:
            tile.write_bytes(tile.read_bytes()[:200])

    tour = visit(damaged(scanned, tmp_path, harm)).open_ready("?lang=en")
    open_layers(tour)
    tour.page.click("[data-layer=pointLayer]")
    tour.until("document.querySelector('.vt-note').innerText.includes('part of the point cloud')")
    tour.until(ALL_HERE, 60)
    state = tour.state["points"]
    assert state["failed"] == 1 and 0.7 * 30_000 < state["points"] < 30_000
    tour.check_clean(console=False)


def test_tour_of_broken_points_alone_says_so(cloud, visit, tmp_path):
    tour = visit(damaged(cloud, tmp_path, BROKEN["no json"])).open("?lang=en")
    tour.until("vtour.state().status === 'problem'")
    assert tour.state["problem"] == "points-broken"
    assert "point cloud could not be opened" in tour.page.inner_text(".vt-problem")


def test_network_that_fails_brings_the_points_when_it_is_back(tour):
    refused = []
    tour.open_ready("?lang=en")
    tour.page.route("**/points/green.glb*", lambda route: (refused.append(route), route.abort()))
    open_layers(tour)
    tour.page.click("[data-layer=pointLayer]")
    tour.until("document.querySelector('.vt-note').innerText.includes('part of the point cloud')")
    assert len(refused) == 1
    tour.page.unroute("**/points/green.glb*")
    tour.page.evaluate("window.dispatchEvent(new Event('online'))")
    tour.until("vtour.state().points.points === 200 * 150", 40)


def test_older_tiles_are_read_too(scanned, visit, tmp_path):
    """pnts, as other programs write them: z up, colours as they look."""

    def change(points):
        world, srgb = wall_points()
        (points / "root.pnts").write_bytes(pnts(world, srgb))
        tileset = json.loads((points / "tileset.json").read_text())
        tileset["asset"]["version"] = "1.0"
        tileset["root"] |= {"children": [], "geometricError": 0, "content": {"uri": "root.pnts"}}
        (points / "tileset.json").write_text(json.dumps(tileset))

    folder = damaged(scanned, tmp_path, change)
    digest = {"points/root.pnts": file_digest(folder / "points/root.pnts")}
    change_manifest(folder, lambda value: value["files"].update(digest))
    tour = visit(folder).open_ready()
    model = quarters_seen(tour)
    show_points_alone(tour)
    points = quarters_seen(tour)
    for name, (x, y, count) in model.items():
        assert points[name][:2] == pytest.approx((x, y), abs=2), name
        assert points[name][2] == pytest.approx(count, rel=0.1), name
    tour.check_clean()


def pnts(world, srgb):
    """A tile of the format that glTF followed: header, feature table as JSON and binary."""
    local = world[:, [0, 2, 1]] * (1, -1, 1)
    body = local.astype("<f4").tobytes() + srgb.astype("u1").tobytes()
    table = {
        "POINTS_LENGTH": len(world),
        "POSITION": {"byteOffset": 0},
        "RGB": {"byteOffset": 12 * len(world)},
    }
    text = json.dumps(table).encode()
    text += b" " * (-(28 + len(text)) % 8)
    body += b"\0" * (-len(body) % 8)
    length = 28 + len(text) + len(body)
    return struct.pack("<4s6I", b"pnts", 1, length, len(text), len(body), 0, 0) + text + body


def walk_with_points(folder, *, model):
    """Three panoramas, the points of the wall, and the box as a model or none."""
    write_walk(folder / "walk", "walked", model=model)
    scanned = write_scanned_wall(folder / "scanned")
    shutil.copytree(scanned / "points", folder / "walk" / "points")
    source = json.loads((scanned / "tour.json").read_text())

    def change(tour):
        tour["points"] = source["points"]
        tour["files"] |= {uri: v for uri, v in source["files"].items() if "points/" in uri}

    change_manifest(folder / "walk", change)
    return folder / "walk"


def test_panorama_frees_the_points_and_hides_the_tools(tmp_path, visit):
    tour = visit(walk_with_points(tmp_path, model=True)).open_ready("?points")
    assert tour.panorama and tour.state["points"] is None
    assert tour.page.locator("[data-action=layers]").is_hidden()
    assert tour.page.locator("[data-action=measure]").is_hidden()
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama === null && !vtour.state().flying", 40)
    open_layers(tour)
    tour.page.click("[data-layer=pointLayer]")
    tour.until(ALL_HERE, 60)
    tour.page.click("[data-layer=panorama]")
    tour.until("vtour.state().panorama !== null && vtour.state().points === null", 40)
    assert tour.state["panel"] is None
    tour.page.click("[data-action=mode]")
    tour.until(ALL_HERE, 60)
    tour.check_clean()


def test_points_stand_for_the_model_where_there_is_none(tmp_path, visit):
    tour = visit(walk_with_points(tmp_path, model=False)).open_ready()
    assert tour.panorama["node"] == "a" and tour.state["points"] is None
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama === null && !vtour.state().flying", 60)
    tour.until(ALL_HERE, 60)
    assert tour.state["points"]["points"] > 0
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama?.node === 'a' && vtour.state().points === null", 40)
    tour.check_clean()


def wait_for(tour, held, limit=200):
    """Until a request is held."""
    while not held and (limit := limit - 1):
        tour.page.wait_for_timeout(40)
    assert held


@pytest.mark.parametrize("asks", ["layers", "measure", "link"])
def test_what_was_asked_for_at_the_model_is_not_done_in_a_panorama(tmp_path, visit, asks):
    """The chunk comes after one has entered the panorama."""
    tour = visit(walk_with_points(tmp_path, model=True))
    held = []
    tour.page.route("**/surveying-*.js*", lambda route: held.append(route))
    if asks == "link":
        tour.open_ready("?points#view=0,1.5,8,0,1.5,0.5")
    else:
        tour.open_model()
        tour.page.click(f"[data-action={asks}]")
    assert tour.panorama is None
    wait_for(tour, held)
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama !== null && !vtour.state().flying", 40)
    for route in held:
        route.continue_()
    tour.page.unroute("**/surveying-*.js*")
    tour.page.wait_for_timeout(500)
    state = tour.settle().state
    assert state["panel"] is None and state["measuring"] is None and state["points"] is None
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama === null && !vtour.state().flying", 40)
    open_layers(tour)
    tour.check_clean()


def with_second(folder, shift, **options):
    """The wall's points, and again ``shift`` away; the viewer chooses the view."""
    write_scanned_wall(folder, **options)
    shutil.copytree(folder / "points", folder / "second")

    def change(tour):
        del tour["start"]
        (first,) = tour["points"]
        place = list(first["world_from_tileset"])
        place[12:15] = shift
        bounds = {
            name: (np.array(first[name]) + shift).tolist() for name in ("bounds_min", "bounds_max")
        }
        second = {"uri": "second/tileset.json", "world_from_tileset": place, **bounds}
        tour["points"].append({**first, **second})
        tour["files"] |= {
            uri.replace("points/", "second/"): digest
            for uri, digest in tour["files"].items()
            if uri.startswith("points/")
        }

    change_manifest(folder, change)
    return folder


def test_tour_of_two_clouds_begins_with_both_in_view(tmp_path, visit):
    shift = [9, 0, 0]
    tour = visit(with_second(tmp_path / "twice", shift, model=False))
    held = []
    tour.page.route("**/second/*.glb*", lambda route: held.append(route))
    tour.open()
    tour.until("vtour.state().points?.points > 0", 40)
    wait_for(tour, held)
    tour.page.wait_for_timeout(300)
    assert tour.state["status"] == "loading"
    for route in held:
        route.continue_()
    tour.page.unroute("**/second/*.glb*")
    tour.until("vtour.state().status === 'ready'", 40)
    tour.until(ALL_HERE, 60)
    assert tour.state["points"]["points"] == 2 * 200 * 150
    for x in (LOW[0], HIGH[0]):
        for away in (0, shift[0]):
            px, py = project(tour, [x + away, 1.5, HIGH[2]])
            assert 0 < px < 1280 and 0 < py < 800
    tour.check_clean()


def test_cloud_that_is_missing_does_not_hold_up_the_other(tmp_path, visit):
    folder = with_second(tmp_path / "half", [9, 0, 0], model=False)
    (folder / "second" / "tileset.json").unlink()
    tour = visit(folder).open_ready()
    tour.until(ALL_HERE, 60)
    assert tour.state["points"]["points"] == 200 * 150


def test_cut_reaches_above_the_model(tmp_path, visit):
    """The second cloud floats 2 m above the wall of 3 m."""
    tour = visit(with_second(tmp_path / "above", [0, 5, 0])).open_ready()
    open_layers(tour)
    tour.page.click("[data-layer=cut]")
    slider = tour.page.locator(".vt-range")
    slider.focus()
    tour.page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "7,99 m"


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_axe_finds_nothing_serious(scanned, visit, device):
    tour = visit(scanned, device)
    tour.page.add_init_script(path=AXE)
    tour.open_ready("?points")
    tour.until(ALL_HERE, 60)
    open_layers(tour)
    tour.page.click("[data-layer=cut]")
    assert tour.page.evaluate(RUN_AXE) == []
    tour.page.click(".vt-panel-close")
    tour.page.click("[data-action=measure]")
    tour.until("vtour.state().measuring !== null")
    tour.page.click("[data-action=mark]")
    assert tour.page.evaluate(RUN_AXE) == []
