"""Coarser surfaces take over the charts of the finest: found once, packed anew."""

import numpy as np
import pytest
from optimise.textured_meshes import colours_at, wavy_square

from vtour.glb.scene import scene_of_mesh
from vtour.optimise.shaping import layouts
from vtour.optimise.shaping.bake import sample_texture
from vtour.optimise.shaping.decimate import Budget
from vtour.optimise.shaping.layouts import Layouts
from vtour.optimise.shaping.rebake import RebakeOptions, Rebaker
from vtour.optimise.shaping.unwrap import UnwrapError, uv_area


@pytest.fixture
def counted(monkeypatch):
    """How many faces xatlas had to find charts for, call by call."""
    calls, real = [], layouts.unwrap_mesh

    def unwrap(positions, faces, *rest, **options):
        calls.append(len(faces))
        return real(positions, faces, *rest, **options)

    monkeypatch.setattr(layouts, "unwrap_mesh", unwrap)
    monkeypatch.setattr(layouts, "OWN_CHARTS", 1000)
    return calls


def test_charts_are_found_once(counted):
    surfaces = Layouts(scene_of_mesh(wavy_square(cells=56)), 60.0, finest=4000)
    for faces in (2000, 3000, 4000):
        layout = surfaces.layout(Budget(faces=faces), 256)
        assert 0.9 * faces < len(layout.atlas.faces) <= 1.02 * faces
        assert uv_area(layout.atlas.uvs, layout.atlas.faces) > 0.4
        assert layout.atlas.uvs.min() >= 0 and layout.atlas.uvs.max() <= 1
    assert counted == [4000]

    surfaces.layout(Budget(faces=500), 64)
    assert counted == [4000, pytest.approx(500, abs=2)]  # a coarse one has its own


def test_colours_lie_where_the_master_has_them(counted):
    rebaker = Rebaker(scene_of_mesh(wavy_square(cells=56)), finest=4000)
    scene, report = rebaker.make(Budget(faces=2000), RebakeOptions(texture_px=256))
    part, texture = scene.parts[0], scene.materials[0].base.pixels

    middles = part.positions[part.faces].mean(axis=1)
    error = abs(sample_texture(texture, part.uvs[part.faces].mean(axis=1)) - colours_at(middles))
    assert error.mean() < 2
    assert counted == [4000]
    assert report.deviation.largest > 0


def test_without_packing_a_surface_has_its_own_charts(counted, monkeypatch):
    def fails(*_, **__):
        raise UnwrapError("no atlas")

    monkeypatch.setattr(layouts, "repack_charts", fails)
    surfaces = Layouts(scene_of_mesh(wavy_square(cells=56)), 60.0, finest=4000)
    layout = surfaces.layout(Budget(faces=2000), 256)

    assert counted == [4000, pytest.approx(2000, abs=2)]
    assert np.isfinite(layout.atlas.uvs).all()
