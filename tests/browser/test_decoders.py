"""Draco and KTX2 come with decoders of our own server, when a file needs them and not before."""

import pytest

from tests.browser.packed import KTX2, draco_glb, ktx2_glb, requiring, write_packed
from tests.browser.tour_page import where
from tests.browser.wall import QUARTERS


def scripts_of(tour):
    names = []
    tour.page.on("request", lambda request: names.append(request.url.rpartition("/")[2]))
    return names


def test_draco_model_has_its_colours_in_their_places(wall, visit, tmp_path):
    tour = visit(write_packed(wall, tmp_path / "draco", draco_glb()))
    names = scripts_of(tour)
    tour.open_ready()
    picture = tour.scene()
    seen = {name: where(picture, colour) for name, colour in QUARTERS.items()}
    for name, (_, _, count) in seen.items():
        assert count > 10_000, name
    assert seen["red"][0] < seen["green"][0] and seen["red"][1] < seen["blue"][1]
    assert sum(name.startswith("draco_") for name in names) == 2, "a program and its wasm"
    tour.check_clean()


@pytest.mark.parametrize("kind", KTX2)
def test_ktx2_textures_have_their_colours_in_their_places(wall, visit, tmp_path, kind):
    tour = visit(write_packed(wall, tmp_path / "ktx2", ktx2_glb(kind)))
    names = scripts_of(tour)
    tour.open_ready()
    picture = tour.scene()
    seen = {name: where(picture, colour, 25) for name, colour in QUARTERS.items()}
    for name, (_, _, count) in seen.items():
        assert count > 10_000, name
    assert seen["red"][0] < seen["green"][0] and seen["red"][1] < seen["blue"][1]
    assert sum("basis_transcoder" in name for name in names) == 1, "its wasm"
    tour.check_clean()


def test_other_models_need_no_decoder(wall, visit):
    tour = visit(wall)
    names = scripts_of(tour)
    tour.open_ready()
    assert not [
        name for name in names if name.startswith(("draco", "more-formats", "ktx2", "basis"))
    ]


@pytest.mark.parametrize("extension", ["KHR_texture_of_times_to_come", "EXT_of_times_to_come"])
def test_model_that_cannot_be_read_says_so(wall, visit, tmp_path, extension):
    tour = visit(write_packed(wall, tmp_path / "later", requiring(extension)))
    tour.open("?lang=en")
    tour.until("vtour.state().status === 'problem'")
    assert tour.state["problem"] == "model-unsupported"
    alert = tour.page.locator("[role=alert]")
    assert alert.locator("h2").inner_text() == "This viewer cannot read the 3D model"
    assert not tour.page.locator("[data-action=retry]").is_visible()


def test_decoder_that_does_not_come_is_a_problem_of_the_network(wall, visit, tmp_path):
    tour = visit(write_packed(wall, tmp_path / "draco", draco_glb()))
    tour.page.route("**/more-formats-*", lambda route: route.abort())
    tour.open()
    tour.until("vtour.state().status === 'problem'")
    assert tour.state["problem"] == "network"
