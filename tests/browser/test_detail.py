"""How detailed models are on show: by the distance of the eye, by bytes and by memory."""

import json
import shutil

import numpy as np
import pytest

from tests.browser.tour_page import where
from tests.browser.wall import QUARTERS
from tests.sample_packages import write_walk
from vtour.files import write_json

FAR = "#view=0,1.5,30,0,1.5,0"
NEAR = "#view=0,1.5,4,0,1.5,0"
ERROR_M = 0.015
"""858 px / m at a metre on the desktop: 0.4 px from 30 m, 3.7 px from 3.5 m."""
MEGABYTE = 1_000_000
LOSE = """() => {
  const gl = document.querySelector("canvas").getContext("webgl2");
  window.__lost = gl.getExtension("WEBGL_lose_context");
  window.__lost.loseContext();
}"""


def measured(wall, folder, change=lambda manifest: None):
    """The wall with errors that were measured; where it begins is left to the address."""
    shutil.copytree(wall, folder)
    manifest = json.loads((folder / "tour.json").read_text())
    coarse, fine = manifest["models"][0]["derivatives"]
    coarse.update(error_m=ERROR_M, texel_m=0.001)
    fine.update(error_m=0.0, texel_m=0.0005)
    manifest["start"]["position"] = [0, 1.5, 30]
    change(manifest)
    write_json(folder / "tour.json", manifest)
    return folder


@pytest.fixture(scope="module")
def far_wall(wall, tmp_path_factory):
    return measured(wall, tmp_path_factory.mktemp("packages") / "far")


@pytest.fixture
def downloads(visit):
    """``downloads(folder, device)``: a page, and the sizes of the models that it fetches."""

    def start(folder, device="desktop", **options):
        tour, sizes = visit(folder, device, **options), {}

        def note(request):
            name = request.url.partition("?")[0].rpartition("/")[2]
            if name.endswith(".glb"):
                sizes[name] = sizes.get(name, 0) + request.sizes()["responseBodySize"]

        tour.page.on("requestfinished", note)
        return tour, sizes

    return start


def size_of(folder, name):
    return (folder / "model" / name).stat().st_size


def need(tour, index=0):
    return tour.state["models"][index]["need"]


def come_near(tour):
    for _ in range(7):
        tour.page.keyboard.press("+")
    tour.until("vtour.state().quality === 'Medium'")
    tour.settle()


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_far_eye_loads_the_coarse_one_and_approaching_the_finer(far_wall, downloads, device):
    tour, sizes = downloads(far_wall, device)
    tour.open_ready(FAR)
    tour.page.wait_for_timeout(900)
    thumb, medium = "site.thumb.glb", "site.medium.glb"
    assert sizes == {thumb: size_of(far_wall, thumb)}
    assert tour.state["quality"] == "Thumb" and 0 < need(tour) < 1
    assert tour.state["models"][0]["distance"] == pytest.approx(29.5, abs=0.1)

    come_near(tour)
    assert sizes == {name: size_of(far_wall, name) for name in (thumb, medium)}
    assert need(tour) < 0.5

    for _ in range(12):
        tour.page.keyboard.press("-")
    tour.settle()
    tour.page.wait_for_timeout(900)
    assert tour.state["quality"] == "Medium", "what is here stays, however far the eye goes"
    assert sum(sizes.values()) == size_of(far_wall, thumb) + size_of(far_wall, medium)
    tour.check_clean()


def test_what_is_near_at_once_is_loaded_at_once(far_wall, downloads):
    tour, sizes = downloads(far_wall)
    tour.open_ready(NEAR)
    assert tour.state["quality"] == "Medium"
    assert list(sizes) == ["site.thumb.glb", "site.medium.glb"]


def test_error_counts_by_the_box_where_the_scale_is_not_known(wall, downloads, tmp_path):
    """The diagonal of the wall is 5.1 m: the same errors as a share of it."""

    def change(manifest):
        manifest["world"].update(scale="unknown", scale_source="none")
        for each in manifest["models"][0]["derivatives"]:
            each["error_share"] = each.pop("error_m") / np.sqrt(26)
            each["texel_share"] = each.pop("texel_m") / np.sqrt(26)

    tour, sizes = downloads(measured(wall, tmp_path / "unknown", change))
    tour.open_ready(FAR)
    assert tour.state["quality"] == "Thumb"
    assert need(tour) == pytest.approx(ERROR_M * 858 / 29.5, rel=0.02)
    come_near(tour)
    assert len(sizes) == 2


def test_saved_data_stays_coarse_however_near(wall, downloads, tmp_path):
    def change(manifest):
        manifest["models"][0]["derivatives"][1]["bytes"] = 5 * MEGABYTE

    tour, sizes = downloads(measured(wall, tmp_path / "large", change))
    tour.page.add_init_script(
        "Object.defineProperty(navigator, 'connection', {value: {effectiveType: '3g'}})"
    )
    tour.open_ready(NEAR)
    tour.page.wait_for_timeout(900)
    assert list(sizes) == ["site.thumb.glb"] and tour.state["quality"] == "Thumb"


def two_walls(manifest):
    """A second wall 40 m to the east of the first."""
    (model,) = manifest["models"]
    second = {**model, "id": "east", "world_from_model": [*np.eye(4).ravel()[:12], 40, 0, 0, 1]}
    second["bounds_min"] = [38, 0, -0.5]
    second["bounds_max"] = [42, 3, 0.5]
    manifest["models"].append(second)


def test_each_model_is_as_detailed_as_it_is_near(wall, downloads, tmp_path):
    tour, _ = downloads(measured(wall, tmp_path / "two", two_walls))
    tour.open_ready("#view=0,1.5,4,0.1,1.5,0")
    tour.until("vtour.state().models.every((model) => model.quality)")
    tour.settle()
    assert [model["quality"] for model in tour.state["models"]] == ["Medium", "Thumb"]
    tour.page.goto(tour.base + tour.address + "#view=40,1.5,4,40.1,1.5,0")
    tour.until("vtour.state().models[1].quality === 'Medium'")
    tour.settle()
    picture = tour.scene()
    for name, colour in QUARTERS.items():
        assert where(picture, colour)[2] > 1000, name
    tour.check_clean()


def test_lost_picture_brings_a_coarser_one_where_memory_is_short(wall, downloads, tmp_path):
    """The finer one takes 462 of 768 MiB: after the loss there are 384."""

    def change(manifest):
        manifest["models"][0]["derivatives"][1].update(texture_px=8192, textures=1, faces=2_400_000)

    tour, _ = downloads(measured(wall, tmp_path / "heavy", change))
    tour.page.add_init_script(
        "Object.defineProperty(navigator, 'hardwareConcurrency', {value: 8});"
        "Object.defineProperty(navigator, 'deviceMemory', {value: 8})"
    )
    tour.open_ready(NEAR)
    assert tour.state["quality"] == "Medium"
    tour.page.evaluate(LOSE)
    tour.until("document.querySelector('.vt-curtain').dataset.look === 'busy'")
    tour.page.evaluate("window.__lost.restoreContext()")
    tour.until("vtour.state().quality === 'Thumb'")
    tour.settle()
    tour.page.wait_for_timeout(900)
    assert tour.state["quality"] == "Thumb"
    assert where(tour.scene(), QUARTERS["red"])[2] > 1000


def test_in_a_panorama_no_model_is_loaded(tmp_path, downloads):
    """The finer one comes when the model is on show, and not while one flies over it."""
    folder = write_walk(tmp_path / "walk", "walk", model=True)
    manifest = json.loads((folder / "tour.json").read_text(encoding="utf-8"))
    thumb = manifest["models"][0]["derivatives"][0]
    fine = {**thumb, "quality": "High", "uri": "model/site.high.glb", "bytes": 2 * thumb["bytes"]}
    shutil.copyfile(folder / thumb["uri"], folder / fine["uri"])
    manifest["models"][0]["derivatives"] = [{**thumb, "error_m": 1.0}, {**fine, "error_m": 0.0}]
    manifest["files"][fine["uri"]] = fine["sha256"]
    write_json(folder / "tour.json", manifest)
    tour, sizes = downloads(folder)
    tour.open_ready()
    tour.page.wait_for_timeout(900)
    assert tour.panorama and sizes == {}
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().quality === 'High'")
    tour.settle()
    assert list(sizes) == ["site.thumb.glb", "site.high.glb"]
    assert not tour.panorama
    tour.check_clean()


def test_finer_one_that_fails_later_is_told(far_wall, downloads):
    tour, _ = downloads(far_wall)
    tour.page.route("**/site.medium.glb*", lambda route: route.fulfill(status=404))
    tour.open_ready(f"?lang=en{FAR}")
    for _ in range(7):
        tour.page.keyboard.press("+")
    tour.until(
        "document.querySelector('.vt-note[data-shown=true]')?.textContent"
        " === 'More detail could not be loaded: showing lower quality.'"
    )
    tour.settle()
    assert tour.state["quality"] == "Thumb"
