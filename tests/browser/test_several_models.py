"""A tour with two models, one of them with tiles: both seen, each met by rays as it is drawn."""

import copy
import json

import numpy as np
import pytest

from tests.browser.test_ar import ANDROID, IPHONE, open_as
from tests.browser.test_measuring import begin, mark, places
from tests.browser.test_mesh_tiles_shown import ALL_HERE, write_tiled_wall
from tests.browser.tour_page import where
from tests.browser.wall import BLUE, GREEN, HIGH, QUARTERS, RED, YELLOW
from tests.sample_packages import change_manifest

__all__ = ["open_as"]

EAST_M = 8.0
FORWARD_M = 0.3
"""So far the tiles stand before the derivative: so it is told which one a ray meets."""
TITLES = [{"vi": "Tường phía tây", "en": "The west wall"}, {"vi": "Tường phía đông"}]
BOTH_HERE = "vtour.state().models.every(({ quality }) => quality !== null)"
TARGET_PX = 44


def second_wall(tour):
    """The same wall without tiles, 8 m to the east; nothing says where to begin."""
    (model,) = tour["models"]
    model["tiles"]["world_from_tileset"][14] += FORWARD_M
    east = copy.deepcopy(model)
    del east["tiles"], tour["start"]
    east["id"] = "east"
    east["world_from_model"] = [*np.eye(4).ravel()[:12], EAST_M, 0, 0, 1]
    east["bounds_min"][0] += EAST_M
    east["bounds_max"][0] += EAST_M
    for each, part in ((model, "west"), (east, "east")):
        for usage in ("App3D", "iOSApp3D"):
            file = {**each["derivatives"][0], "usage": usage, "quality": "AR"}
            file["uri"] = f"model/{part}.{usage}"
            each["derivatives"].append(file)
            tour["files"][file["uri"]] = file["sha256"]
    tour["models"].append(east)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = write_tiled_wall(tmp_path_factory.mktemp("packages") / "two")
    change_manifest(folder, second_wall)
    for part in ("west", "east"):
        for usage in ("App3D", "iOSApp3D"):
            (folder / f"model/{part}.{usage}").write_bytes(
                (folder / "model/site.thumb.glb").read_bytes()
            )
    return folder


def titled(tour, folder):
    """The manifest with titles of the models, and hotspots left out."""
    manifest = json.loads((folder / "tour.json").read_text(encoding="utf-8"))
    for model, title in zip(manifest["models"], TITLES, strict=True):
        model["title"] = title
    tour.page.route("**/tour.json*", lambda route: route.fulfill(json=manifest))
    return tour


def quarters(picture):
    return {
        name: where(picture, colour, 25)
        for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE), ("yellow", YELLOW))
    }


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_tiles_take_the_place_of_their_own_model_only(two, visit, device):
    tour = visit(two, device).open_ready()
    tour.until(BOTH_HERE, 30)
    tour.until(ALL_HERE, 60)
    tour.settle()
    picture = tour.scene()
    middle = picture.shape[1] // 2
    west, east = quarters(picture[:, :middle]), quarters(picture[:, middle:])
    for name in QUARTERS:
        assert west[name][2] > 100 and east[name][2] > 100, name
    # From the top left: yellow, blue, green, red in the west; red, green, blue, yellow in the east.
    assert west["yellow"][0] < west["blue"][0] and west["yellow"][1] < west["green"][1]
    assert east["red"][0] < east["green"][0] and east["red"][1] < east["blue"][1]
    first, second = tour.state["models"]
    assert first["tiles"]["covers"] and second["tiles"] is None
    tour.check_clean()


def test_first_view_shows_all_models_before_they_have_come(two, visit):
    tour = visit(two)
    held = []
    tour.page.route("**/model/site.medium.glb*", lambda route: held.append(route))
    tour.open("?lang=en")
    tour.until(BOTH_HERE, 30)
    mask = tour.model_mask()
    columns = np.flatnonzero(mask.any(axis=0))
    assert columns[0] > 0 and columns[-1] < mask.shape[1] - 1, "nothing is cut off"
    assert columns[-1] - columns[0] > 0.5 * mask.shape[1], "and it is not far away"


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_models_are_listed_hidden_and_gone_to(two, visit, device):
    tour = titled(visit(two, device), two).open_ready("?lang=en#view=0,1.5,6,0,1.5,0")
    tour.until(ALL_HERE, 60)
    tour.page.click("[data-action=layers]")
    tour.until("document.querySelectorAll('.vt-model').length === 2")
    rows = tour.page.locator(".vt-model")
    assert rows.all_inner_texts() == ["The west wall", "Tường phía đông"]
    assert rows.nth(1).locator("span[lang=vi]").count() == 1
    for button in tour.page.locator(".vt-model button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= TARGET_PX
    west = tour.page.locator("[data-model=site]")
    assert west.get_attribute("aria-label") == "Show The west wall"
    assert west.get_attribute("aria-checked") == "true"

    before = tour.model_mask().mean()
    assert before > 0.05
    west.click()
    tour.settle()
    assert west.get_attribute("aria-checked") == "false"
    assert [model["wanted"] for model in tour.state["models"]] == [False, True]
    assert tour.model_mask().mean() < before / 4, "neither its tiles nor its derivative"

    tour.page.click("[data-go=site]")
    tour.settle()
    assert west.count() == (0 if device == "phone" else 1), "on a phone the panel closes"
    target = tour.camera[3:]
    assert abs(target[0]) < 1 and tour.model_mask().mean() > 0.05
    assert tour.state["models"][0]["wanted"]
    tour.check_clean()


def test_list_follows_the_language_and_has_no_points(two, visit):
    tour = titled(visit(two), two).open_ready("?lang=vi")
    tour.page.click("[data-action=layers]")
    tour.until("document.querySelectorAll('.vt-model').length === 2")
    assert tour.page.locator("[data-layer=pointLayer]").count() == 0
    assert tour.page.locator("[data-model=site]").get_attribute("aria-label") == (
        "Hiển thị Tường phía tây"
    )
    tour.page.click("[data-language=zh-Hans]")
    assert tour.page.locator("[data-model=site]").get_attribute("aria-label") == (
        "显示Tường phía tây"
    )
    assert tour.page.locator(".vt-models").get_attribute("aria-label") == "三维模型"


def test_one_model_has_no_list(wall, visit):
    tour = visit(wall).open_ready()
    assert not tour.page.locator("[data-action=layers]").is_visible()


def test_measuring_is_on_the_tiles_that_are_drawn(two, visit):
    tour = visit(two).open_ready("?lang=en#view=0,1.5,6,0,1.5,0")
    tour.until(ALL_HERE, 60)
    begin(tour)
    front = HIGH[2] + FORWARD_M
    mark(tour, [-1, 0.5, front], [1, 2.5, front])
    assert places(tour)[:, 2] == pytest.approx([front] * 2, abs=1e-3)
    assert tour.state["measuring"]["value"] == pytest.approx(np.hypot(2, 2), abs=0.05)
    details = [each["detail"] for each in tour.state["measuring"]["places"]]
    assert all(detail is not None for detail in details), "the error of the tiles is known"
    tour.check_clean()


def test_camera_comes_nearer_to_the_tiles_and_not_through_them(two, visit):
    tour = visit(two).open_ready("?lang=en#view=0,1.5,6,0,1.5,0")
    tour.until(ALL_HERE, 60)
    # Trees of the tiles are built while nothing else is done.
    tour.page.wait_for_timeout(600)
    width, height = tour.page.viewport_size.values()
    tour.page.mouse.dblclick(width / 2, height / 2)
    tour.settle()
    front = HIGH[2] + FORWARD_M
    assert tour.camera[5] == pytest.approx(front, abs=0.02)
    for _ in range(30):
        tour.page.keyboard.press("+")
    tour.settle()
    assert tour.camera[2] > front


@pytest.mark.parametrize(("user_agent", "usage"), [(ANDROID, "App3D"), (IPHONE, "iOSApp3D")])
def test_augmented_reality_shows_the_model_in_the_middle(two, open_as, user_agent, usage):
    tour = open_as(two, user_agent, "?lang=en#view=8,1.5,6,8,1.5,0")
    tour.until(BOTH_HERE, 30)
    link = tour.page.locator("[data-action=ar]")

    def address_after_press():
        link.evaluate("link => link.addEventListener('click', (event) => event.preventDefault())")
        link.click()
        return link.get_attribute("href")

    assert f"east.{usage}" in address_after_press()
    tour.page.evaluate("location.hash = '#view=0,1.5,6,0,1.5,0'")
    tour.settle()
    address = address_after_press()
    assert f"west.{usage}" in address and "east" not in address


def test_scene_viewer_is_told_the_title_of_the_model(two, open_as):
    tour = open_as(two, ANDROID, "?lang=en", lambda tour: titled(tour, two))
    tour.until(BOTH_HERE, 30)
    link = tour.page.locator("[data-action=ar]")
    assert "title=The%20west%20wall" in link.get_attribute("href")
