"""What must hold for every scene package, on a phone and on a desktop."""

import re

import numpy as np
import pytest

DEVICES = ["phone", "desktop"]


@pytest.fixture(params=DEVICES)
def tour(request, package, visit):
    return visit(package, request.param)


def test_shows_model_hotspots_and_languages(tour):
    tour.open_model()
    check_model_is_seen(tour)
    check_hotspot_opens(tour)
    check_languages(tour)
    tour.check_clean()


def check_model_is_seen(tour):
    mask = tour.model_mask()
    assert 0.05 < mask.mean() < 0.98
    rows, cols = np.nonzero(mask)
    height, width = mask.shape
    assert abs(cols.mean() / width - 0.5) < 0.2
    assert abs(rows.mean() / height - 0.5) < 0.2
    picture = tour.scene()[mask]
    assert len(np.unique(picture // 16, axis=0)) >= 4, "one flat colour: expected a texture"
    assert tour.state["quality"] != "Thumb"


def check_hotspot_opens(tour):
    free = [spot for spot in tour.state["hotspots"] if spot["inside"] and not spot["occluded"]]
    if not free:
        assert tour.state["hotspots"] == []
        return
    spot = free[0]["id"]
    tour.marker(spot).click()
    tour.settle()
    assert (tour.state["panel"], tour.state["hotspot"]) == ("hotspot", spot)
    assert tour.page.locator(".vt-panel h2").inner_text().strip()
    assert not tour.hotspot(spot)["occluded"]
    assert panel_is_clear_of(tour, tour.hotspot(spot))
    tour.page.keyboard.press("Escape")
    assert tour.state["panel"] is None


def panel_is_clear_of(tour, spot):
    box = tour.page.locator(".vt-panel").bounding_box()
    within_x = box["x"] <= spot["x"] <= box["x"] + box["width"]
    within_y = box["y"] <= spot["y"] <= box["y"] + box["height"]
    return not (within_x and within_y)


def check_languages(tour):
    seen = set()
    for language in ("en", "zh-Hans", "vi"):
        tour.page.click(f"[data-language={language}]")
        assert tour.page.locator("html").get_attribute("lang") == language
        assert f"lang={language}" in tour.page.url
        seen.add(tour.page.get_attribute("[data-action=zoomIn]", "aria-label"))
    assert seen == {"Zoom in", "放大", "Phóng to"}


ADDRESS_TELLS_THE_CAMERA = """(() => {
  const { position, target } = vtour.camera();
  const told = location.hash.replace("#view=", "").split(",").map(Number);
  return [...position, ...target].every((value, axis) => Math.abs(value - told[axis]) < 0.01);
})()"""
"""It is written when the camera has come to rest for a while; before, it tells an earlier view."""


def test_link_brings_the_camera_back(package, visit):
    first = visit(package).open_model()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "+", "+"):
        first.page.keyboard.press(key)
    first.settle()
    first.until(ADDRESS_TELLS_THE_CAMERA)
    moved = first.camera
    assert re.fullmatch(r"view=(-?[0-9.]+(,|$)){6}", first.hash)

    second = visit(package).open_ready(f"#{first.hash}")
    reach = np.linalg.norm(moved[:3] - moved[3:])
    assert np.abs(second.camera - moved).max() < 1e-3 * reach
    second.check_clean()
