"""The tiles of a large model: shown in place of its first derivative, and back when they fail."""

import numpy as np
import pytest

from tests.browser.tour_page import where
from tests.browser.wall import BLUE, GREEN, RED, YELLOW, wall_mesh, write_wall
from tests.sample_packages import change_manifest
from vtour.files import file_digest
from vtour.frames import world_from_tileset
from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.optimise.mesh_tiles.cut import MeshTilesOptions, tile_mesh

ALL_HERE = "vtour.state().tiles?.covers && vtour.state().tiles.loading === 0 && vtour.state().idle"
TURNED = {RED: YELLOW, YELLOW: RED, GREEN: BLUE, BLUE: GREEN}
"""The colour of the tiles for that of the derivative: so it is told which one is seen."""


def finer(positions, uvs, faces, times):
    """Every triangle cut into four at the middles of its edges, so many times."""
    for _ in range(times):
        a, b, c = faces.T
        start = len(positions)
        ends = ((a, b), (b, c), (c, a))
        positions, uvs = (
            np.concatenate([values, *((values[p] + values[q]) / 2 for p, q in ends)])
            for values in (positions, uvs)
        )
        ab, bc, ca = (np.arange(len(faces)) + start + k * len(faces) for k in range(3))
        parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        faces = np.concatenate([np.stack(part, 1) for part in parts])
    return positions, uvs, faces


def write_tiled_wall(folder):
    """The wall's package with tiles whose quarters have each other's colours."""
    write_wall(folder)
    mesh = wall_mesh(64)
    pixels = mesh.texture.copy()
    for colour, other in TURNED.items():
        pixels[(mesh.texture == colour).all(axis=2)] = other
    positions, uvs, faces = finer(mesh.positions, mesh.uvs, mesh.faces.astype(np.int64), 4)
    part = Part(positions, faces.astype(np.uint32), uvs=uvs)
    scene = Scene([part], [Material(base=Texture(pixels), unlit=True)])
    tile_mesh(scene, folder / "model/tiles", MeshTilesOptions(tile_faces=500))

    def change(tour):
        uri = "model/tiles/tileset.json"
        tour["models"][0]["tiles"] = {"uri": uri, "world_from_tileset": world_from_tileset()}
        tour["models"][0]["tiles"]["tiles_sha256"] = "0" * 64
        tour["files"][uri] = file_digest(folder / uri)

    change_manifest(folder, change)
    return folder


@pytest.fixture(scope="module")
def tiled(tmp_path_factory):
    return write_tiled_wall(tmp_path_factory.mktemp("packages") / "wall")


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_the_tiles_are_seen_in_place_of_the_derivative(tiled, visit, device):
    tour = visit(tiled, device)
    tour.open_ready()
    tour.until(ALL_HERE, 60)
    state = tour.state
    assert (state["quality"], state["problem"]) == ("Thumb", None)
    assert state["tiles"]["faces"] > 0 and state["tiles"]["failed"] == 0
    assert state["tiles"]["bytes"] <= state["tiles"]["budget"]
    # Quarters from top left: yellow, blue, green, red; those of the derivative the other way.
    picture = tour.scene()
    (red, yellow), (green, blue) = (
        [where(picture, colour, 25) for colour in pair] for pair in ((RED, YELLOW), (GREEN, BLUE))
    )
    assert red[0] > green[0] and red[1] > blue[1]
    assert yellow[0] < blue[0] and yellow[1] < green[1]
    tour.check_clean()


def test_without_its_tiles_the_derivative_is_seen(tiled, visit):
    tour = visit(tiled)
    tour.page.route("**/model/tiles/0/0.glb*", lambda route: route.fulfill(status=404))
    tour.open_ready()
    tour.until("vtour.state().tiles === null && vtour.state().idle", 30)
    tour.page.wait_for_timeout(500)
    picture = tour.scene()
    red, green, blue = (where(picture, colour, 25) for colour in (RED, GREEN, BLUE))
    assert red[0] < green[0] and red[1] < blue[1]
    assert tour.state["problem"] is None
