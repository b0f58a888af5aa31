"""Decimating scenes: budgets kept, measured both ways; parts and charts stay together."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.known_scenes import BUMP, bumpy_plane, checks

from vtour.errors import OptionError
from vtour.glb.scene import Material, Scene, Wrap
from vtour.optimise.shaping.decimate import (
    Budget,
    decimate_scene,
    decimate_welded,
    fewer_faces,
)
from vtour.optimise.shaping.deviation import measure_deviation
from vtour.optimise.shaping.simplify import weld_vertices


@pytest.mark.parametrize("error", [0.002, 0.008])
@pytest.mark.parametrize("way", [decimate_scene, decimate_welded])
def test_an_error_in_metres_is_kept_both_ways(way, error):
    master = bumpy_plane()
    result, found = way(master, Budget(error=error))

    positions, faces = (
        (result.parts[0].positions, result.parts[0].faces) if way is decimate_scene else result
    )
    ours = master.parts[0]
    measured = measure_deviation(ours.positions, ours.faces, positions, faces, 400_000)
    assert measured.largest <= 1.05 * error  # by four times the samples of the search
    assert found.largest <= error
    assert found.largest > 0.5 * error  # and it is used
    assert len(faces) < {0.002: 9000, 0.008: 3500}[error]


def test_an_error_of_more_than_the_bumps_leaves_a_plane():
    (_, faces), found = decimate_welded(bumpy_plane(), Budget(error=2 * BUMP))

    assert len(faces) <= 100
    assert found.largest <= 2 * BUMP


@pytest.mark.parametrize("way", [decimate_scene, decimate_welded])
def test_a_number_of_faces_is_kept(way):
    result, found = way(bumpy_plane(), Budget(faces=2000))
    count = result.faces if way is decimate_scene else len(result[1])

    assert 1900 <= count <= 2000
    assert 0 < found.largest < BUMP


def test_without_measuring_it_is_the_same_surface():
    measured, _ = decimate_scene(bumpy_plane(), Budget(faces=2000))
    (part,) = fewer_faces(bumpy_plane(), 2000).parts

    assert (part.faces == measured.parts[0].faces).all()
    assert (part.positions == measured.parts[0].positions).all()


def test_parts_that_touch_go_on_touching():
    """A bumpy plane of two materials: their common border has no gap after decimating."""
    whole = bumpy_plane().parts[0]
    left = whole.positions[whole.faces].mean(axis=1)[:, 0] < 0.26
    parts = [
        replace(whole, faces=whole.faces[left]),
        replace(whole, faces=whole.faces[~left], material=1),
    ]
    scene, _ = decimate_scene(Scene(parts, [Material(), Material()]), Budget(faces=1500))

    assert {part.material for part in scene.parts} == {0, 1}
    borders = []
    for part in scene.parts:
        at_border = np.abs(part.positions[:, 0] - 0.26) < 1e-6
        borders.append({tuple(p) for p in part.positions[at_border]})
    assert borders[0] == borders[1]
    assert 10 < len(borders[0]) < 101
    positions = np.concatenate([part.positions for part in scene.parts])
    counts = np.cumsum([0] + [len(part.positions) for part in scene.parts])
    faces = [p.faces + np.uint32(c) for p, c in zip(scene.parts, counts[:-1], strict=True)]
    _, welded = weld_vertices(positions, np.concatenate(faces))
    edges = np.sort(welded[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert uses.max() == 2


def test_attributes_stay_with_their_vertices():
    whole = bumpy_plane().parts[0]
    uvs = (whole.positions[:, [0, 2]] / 2 + 0.5).astype(np.float32)
    colours = np.ones((len(uvs), 4), np.float32)
    colours[:, 0] = uvs[:, 0]
    part = replace(whole, uvs=uvs, colours=colours)
    scene, _ = decimate_scene(
        Scene([part], [Material(base=checks(Wrap.clamp))]), Budget(faces=1500)
    )

    left = scene.parts[0]
    np.testing.assert_array_equal(left.uvs, left.positions[:, [0, 2]] / 2 + 0.5)
    np.testing.assert_array_equal(left.colours[:, 0], left.uvs[:, 0])


def test_the_size_of_the_model_does_not_matter():
    """Weights are shares of the extent: the same faces go in metres and in kilometres."""
    whole = bumpy_plane().parts[0]
    uvs = (whole.positions[:, [0, 2]] ** 3).astype(np.float32)
    whole, material = replace(whole, uvs=uvs), Material(base=checks(Wrap.repeat))
    small, _ = decimate_scene(Scene([whole], [material]), Budget(faces=1000))
    large = replace(whole, positions=whole.positions * np.float32(1024))
    other, _ = decimate_scene(Scene([large], [material]), Budget(faces=1000))

    np.testing.assert_array_equal(small.parts[0].faces, other.parts[0].faces)


@pytest.mark.parametrize("budget", [{}, {"faces": 5, "error": 1.0}, {"faces": 0}, {"error": 0.0}])
def test_budgets_that_make_no_sense(budget):
    with pytest.raises(OptionError, match="expected"):
        Budget(**budget)
