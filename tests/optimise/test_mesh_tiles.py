import json
import random
from dataclasses import replace

import numpy as np
import pytest
from large_scenes import ball, picture_in, surface_of, tiles_in

from vtour.errors import InputError
from vtour.frames import matrix_from_columns, transform_points, world_from_tileset
from vtour.glb.scene import Material, Part, Scene, Texture, Wrap
from vtour.optimise.mesh_tiles import site as site_module
from vtour.optimise.mesh_tiles.cut import MeshTilesOptions, tile_mesh
from vtour.optimise.mesh_tiles.patches import Patch
from vtour.optimise.mesh_tiles.reduce import lost, simplified
from vtour.optimise.mesh_tiles.worker import TileWorkers
from vtour.optimise.shaping.bake import points_on_faces, sample_texture, scene_of
from vtour.optimise.shaping.unwrap import UnwrapError
from vtour.optimise.writing.validate import validate_glb

OPTIONS = MeshTilesOptions(tile_faces=1000, tile_texture_px=128, quality=95)
TILES = 21  # 1 + 4 + 16: 14,160 faces, at most 1,000 a leaf


@pytest.fixture(scope="module")
def model():
    return ball()


@pytest.fixture(scope="module")
def made(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ball")
    report = tile_mesh(model, folder / "tiles", OPTIONS)
    return folder / "tiles", report


@pytest.fixture(scope="module")
def surfaces(made, tmp_path_factory):
    return surfaces_in(made[0], tmp_path_factory.mktemp("twins"))


def surfaces_in(folder, scratch):
    """Positions and faces of every tile by its URI, its parts put together."""
    found = {}
    for tile in tiles_in(folder):
        uri = tile["content"]["uri"]
        parts, _, _ = surface_of(folder / uri, scratch)
        found[uri] = put_together([(positions, faces) for positions, faces, _ in parts])
    return found


def put_together(meshes):
    starts = np.cumsum([0] + [len(positions) for positions, _ in meshes])
    faces = [faces + start for (_, faces), start in zip(meshes, starts, strict=False)]
    return np.concatenate([positions for positions, _ in meshes]), np.concatenate(faces)


def mixes(root, count):
    """Sets of tiles that show the whole model, at random through the tree."""
    dice = random.Random(4)

    def shown(tile, chance):
        if not tile.get("children") or dice.random() < chance:
            return [tile["content"]["uri"]]
        return [uri for child in tile["children"] for uri in shown(child, chance)]

    yield [root["content"]["uri"]]
    for _ in range(count):
        below = root["children"]
        yield [uri for tile in below for uri in shown(tile, 0.5)]
    yield shown(root, 0.0)


def open_edges(positions, faces):
    """Edges that are not passed as often one way as the other; places must agree to the bit."""
    unique, place = np.unique(positions, axis=0, return_inverse=True)
    corners = place.reshape(-1)[faces]
    whole = (corners != np.roll(corners, 1, axis=1)).all(axis=1)
    a, b = corners[whole].reshape(-1), np.roll(corners[whole], -1, axis=1).reshape(-1)
    signs = np.where(a < b, 1, -1)
    key = np.minimum(a, b) * len(unique) + np.maximum(a, b)
    _, edge = np.unique(key, return_inverse=True)
    return int((np.bincount(edge, weights=signs) != 0).sum())


def test_any_mix_of_levels_is_closed_to_the_bit(made, surfaces):
    root = tiles_in(made[0])[0]
    seen = list(mixes(root, 12))
    assert len({len(mix) for mix in seen}) > 4  # the root alone, leaves alone, and between
    for mix in seen:
        assert open_edges(*put_together([surfaces[uri] for uri in mix])) == 0, mix


def test_rays_from_inside_a_ball_meet_the_surface_in_any_mix_of_levels(made, surfaces):
    rng = np.random.default_rng(1)
    towards = rng.normal(size=(20_000, 3))
    rays = np.concatenate([np.zeros_like(towards), towards], axis=1).astype(np.float32)
    for mix in mixes(tiles_in(made[0])[0], 4):
        positions, faces = put_together([surfaces[uri] for uri in mix])
        hits = scene_of(positions.astype(np.float32), faces.astype(np.uint32)).cast_rays(rays)
        assert np.isfinite(hits["t_hit"].numpy()).all(), mix


def test_a_scrap_at_a_border_stays():
    """A bumpy cloth, and beside it a lone triangle that shares an edge with the next tile."""
    line = np.arange(0, 210, 10)
    x, z = (values.reshape(-1) for values in np.meshgrid(line, line))
    number = np.arange(441).reshape(21, 21)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    both = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)]).reshape(-1, 3)
    cloth = np.stack([x, x * z % 70, z], 1)
    places = np.concatenate([cloth, [[300, 0, 0], [304, 0, 0], [302, 3, 0]]]).astype(np.int32)
    faces = np.concatenate([both, [[441, 442, 443]]]).astype(np.uint32)
    locked = np.arange(444) >= 441
    locked[443] = False
    patch = Patch(0, places, np.arange(444, dtype=np.uint32), faces)
    with TileWorkers() as workers:
        arrays = places.astype(np.float32), np.zeros((444, 1), np.float32)
        plain = workers.simplify(*arrays, locked, faces, 20, ["Prune"])
        assert lost(locked, faces, plain).sum() == 2  # what is guarded against does happen
        (found,) = simplified([patch], [locked], 20, workers)
    kept = {tuple(place) for place in found.places.tolist()}
    assert {(300, 0, 0), (304, 0, 0)} <= kept
    assert len(found.faces) < 40


def test_tiles_wider_than_16_bits_fit_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(site_module, "STEPS_OF_EDGE", 1 << 20)
    folder = tmp_path / "tiles"
    small = MeshTilesOptions(tile_faces=500, tile_texture_px=128)
    assert tile_mesh(ball(rows=40, columns=80), folder, small).levels == 3
    surfaces = surfaces_in(folder, tmp_path)
    step = 2.0**-18  # 21 bits across the ball's 4 metres
    widths = [np.ptp(surfaces[f"1/{number}.glb"][0], axis=0).max() for number in range(4)]
    assert max(widths) / step > 65535 * 2
    for mix in mixes(tiles_in(folder)[0], 6):
        assert open_edges(*put_together([surfaces[uri] for uri in mix])) == 0, mix


def test_leaves_hold_the_whole_model_and_inner_tiles_no_more_faces_than_asked(model, made):
    folder, report = made
    tiles = tiles_in(folder)
    leaves = [tile for tile in tiles if "children" not in tile]
    assert (report.tiles, report.levels, len(leaves)) == (TILES, 3, 16)
    assert report.faces == sum(t["extras"]["faces"] for t in leaves) == model.faces
    assert max(t["extras"]["faces"] for t in tiles) == report.most_faces <= 1000
    assert json.loads((folder / "tileset.json").read_text())["root"]["refine"] == "REPLACE"
    assert report.bytes == sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    root = (folder / "0/0.glb").stat().st_size
    assert report.first_bytes == root + (folder / "tileset.json").stat().st_size


def test_boxes_hold_their_tiles_closely_and_the_tiles_below(made, surfaces):
    place = matrix_from_columns(world_from_tileset())
    for tile in tiles_in(made[0]):
        centre, *axes = np.array(tile["boundingVolume"]["box"]).reshape(4, 3)
        half = np.abs(np.array(axes)).sum(axis=0)
        corners = transform_points(place, np.stack([centre - half, centre + half]))
        low, high = corners.min(axis=0), corners.max(axis=0)
        own = surfaces[tile["content"]["uri"]][0]
        assert (own >= low - 1e-6).all() and (own <= high + 1e-6).all()
        if "children" not in tile:
            np.testing.assert_allclose([low, high], [own.min(axis=0), own.max(axis=0)], atol=1e-6)


def test_the_geometric_error_is_the_distance_of_the_full_model_and_does_not_grow_downwards(
    model, made, surfaces
):
    tiles = tiles_in(made[0])
    positions, faces = surfaces["0/0.glb"]
    surface = scene_of(positions.astype(np.float32), faces.astype(np.uint32))
    full = np.concatenate([part.positions for part in model.parts])
    found = np.percentile(surface.compute_distance(full).numpy(), 99.9)
    # The texels of the root are larger than that: 50 m2 of surface on at most 128 x 128.
    assert tiles[0]["geometricError"] >= found
    for tile in tiles:
        below = tile.get("children", [])
        assert all(child["geometricError"] <= tile["geometricError"] for child in below)
        assert below or tile["geometricError"] == 0


def test_without_texture_the_error_is_the_distance_alone(tmp_path):
    scene = ball(textures=1)
    parts = [replace(part, uvs=None) for part in scene.parts]
    report = tile_mesh(Scene(parts, [Material()]), tmp_path / "t", OPTIONS)
    positions, faces = surfaces_in(tmp_path / "t", tmp_path)["0/0.glb"]
    surface = scene_of(positions.astype(np.float32), faces.astype(np.uint32))
    found = np.percentile(surface.compute_distance(scene.parts[0].positions).numpy(), 99.9)
    assert report.error == pytest.approx(found, rel=0.1)
    assert 0.001 < report.error < 0.05


def colours_seen(folder, uri, scratch):
    """Colours at the middles of a tile's faces, and those places."""
    parts, document, blob = surface_of(folder / uri, scratch)
    (positions, faces, uvs), pixels = parts[0], picture_in(document, blob)
    middle = np.arange(len(faces)).astype(np.uint32)
    weights = np.full((len(faces), 2), 1 / 3, np.float32)
    places = points_on_faces(positions, faces, middle, weights)
    seen = sample_texture(pixels, points_on_faces(uvs, faces, middle, weights))
    return places, seen


def expected_colours(places):
    longitude = np.arctan2(-places[:, 2], places[:, 0]) % (2 * np.pi) / (2 * np.pi)
    latitude = np.arcsin(places[:, 1] / np.linalg.norm(places, axis=1))
    red = longitude * 200 + 25
    green = (0.5 - latitude / np.pi) * 200 + 25
    return np.stack([red, green, np.full(len(places), 60.0)], axis=1)


@pytest.mark.parametrize("uri", ["2/5.glb", "1/2.glb", "0/0.glb"])
def test_every_level_shows_the_models_own_colours(made, tmp_path, uri):
    places, seen = colours_seen(made[0], uri, tmp_path)
    away = np.abs(seen - expected_colours(places))
    inside = np.abs(places[:, 1]) < 1.7  # towards the poles a texel spans many longitudes
    assert np.median(away[inside]) < 3
    assert np.percentile(away[inside], 95) < 12


def test_charts_of_shreds_are_made_anew(tmp_path):
    scene = ball(rows=40, columns=80)
    shreds = []
    for part in scene.parts:
        corners = part.faces.reshape(-1)
        # each face with a third of a texel of its own: a seam along every edge
        uvs = part.uvs[corners] + np.repeat(np.arange(len(part.faces)) % 7 * 1e-4, 3)[:, None]
        faces = np.arange(len(corners), dtype=np.uint32).reshape(-1, 3)
        shreds.append(replace(part, positions=part.positions[corners], uvs=uvs, faces=faces))
    report = tile_mesh(Scene(shreds, scene.materials), tmp_path / "t", OPTIONS)
    assert report.rebaked > 0 and report.most_faces <= 1000
    places, seen = colours_seen(tmp_path / "t", "0/0.glb", tmp_path)
    away = np.abs(seen - expected_colours(places))[np.abs(places[:, 1]) < 1.7]
    assert np.median(away) < 6


def test_without_new_charts_in_time_the_old_ones_are_torn(tmp_path, monkeypatch):
    def late(*_, **__):
        raise UnwrapError("no texture atlas after 1 s")

    monkeypatch.setattr("vtour.optimise.mesh_tiles.rechart.unwrap_mesh", late)
    monkeypatch.setattr("vtour.optimise.mesh_tiles.cut.can_keep_charts", lambda *_: False)
    report = tile_mesh(ball(rows=40, columns=80), tmp_path / "t", OPTIONS)
    assert report.rebaked == 0
    assert "no texture atlas after 1 s; it keeps the charts" in report.warnings[0]


def test_tiles_are_valid_gltf(made):
    for uri in ("0/0.glb", "1/1.glb", "2/3.glb"):
        found = validate_glb(made[0] / uri)
        assert (found.errors, found.warnings) == ([], [])


def test_lit_materials_vertex_colours_and_alpha_go_through_all_levels(tmp_path):
    scene = ball(rows=40, columns=80, textures=1)
    part = scene.parts[0]
    normals = part.positions / np.linalg.norm(part.positions, axis=1)[:, None]
    colours = np.concatenate([normals / 2 + 0.5, np.ones((len(normals), 1))], axis=1)
    east = np.cross([1e-9, 1, 0], normals) + np.array([1e-9, 0, 0])
    east = east / np.linalg.norm(east, axis=1)[:, None]
    tangents = np.concatenate([east, np.ones((len(east), 1))], axis=1).astype(np.float32)
    full = replace(part, normals=normals, tangents=tangents, colours=colours.astype(np.float32))
    pixels = np.concatenate(
        [scene.materials[0].base.pixels, np.full((256, 256, 1), 200, np.uint8)], axis=2
    )
    flat = Texture(np.tile(np.array([128, 128, 255], np.uint8), (64, 64, 1)))
    lit = Material("lit", base=Texture(pixels), normal=flat, roughness=0.4, double_sided=True)
    plain = replace(full, uvs=None, material=1, positions=full.positions + np.float32([9, 0, 0]))
    tile_mesh(Scene([full, plain], [lit, Material("plain")]), tmp_path / "t", OPTIONS)
    for tile in tiles_in(tmp_path / "t")[:3]:
        path = tmp_path / "t" / tile["content"]["uri"]
        found = validate_glb(path)
        assert (found.errors, found.warnings) == ([], [])
    parts, document, _ = surface_of(tmp_path / "t/0/0.glb", tmp_path)
    names = [material["name"] for material in document["materials"]]
    assert names == ["lit", "plain"] and len(parts) == 2
    assert "normalTexture" in document["materials"][0]
    assert document["materials"][0]["doubleSided"] is True


def test_a_texture_that_repeats_is_cut_as_it_is_seen(tmp_path):
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, :16] = 250
    line = np.linspace(0, 1, 21, dtype=np.float32)
    x, z = (values.reshape(-1) for values in np.meshgrid(line, line))
    number = np.arange(441).reshape(21, 21)
    a, b, c, d = (number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:])
    faces = np.concatenate(
        [np.stack([s.reshape(-1) for s in t], 1) for t in ((a, c, b), (b, c, d))]
    )
    positions = np.stack([x, np.zeros_like(x), z], 1)
    repeated = Texture(stripes, (Wrap.repeat, Wrap.repeat))
    part = Part(positions, faces.astype(np.uint32), uvs=np.stack([x * 4 - 1, z], 1))
    tile_mesh(Scene([part], [Material(base=repeated, unlit=True)]), tmp_path / "t", OPTIONS)
    places, seen = colours_seen(tmp_path / "t", "0/0.glb", tmp_path)
    inside = np.abs((places[:, 0] * 8) % 1 - 0.5) < 0.3  # not at the borders of stripes
    white = (places[inside, 0] * 4) % 1 < 0.5
    assert (np.abs(seen[inside, 0] - np.where(white, 250, 0)) < 30).all()


def test_the_same_scene_gives_the_same_bytes_at_any_number_of_threads(
    model, made, tmp_path, monkeypatch
):
    monkeypatch.setattr("vtour.threads.worker_count", lambda: 1)
    tile_mesh(model, tmp_path / "again", OPTIONS)
    for path in sorted(made[0].rglob("*")):
        if path.is_file():
            other = tmp_path / "again" / path.relative_to(made[0])
            assert other.read_bytes() == path.read_bytes(), path.name
    assert len(list((tmp_path / "again").rglob("*"))) == len(list(made[0].rglob("*")))


def test_a_scene_without_faces_is_refused(tmp_path):
    with pytest.raises(InputError, match="0 faces"):
        tile_mesh(Scene([], []), tmp_path / "t")
    dot = Part(np.ones((3, 3), np.float32), np.array([[0, 1, 2]], np.uint32))
    with pytest.raises(InputError, match="none of 1 faces"):
        tile_mesh(Scene([dot], [Material()]), tmp_path / "t")
