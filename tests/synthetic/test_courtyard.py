import numpy as np
import pytest

from vtour.synthetic.courtyard import Site
from vtour.synthetic.geometry import box, hanging_box, lathe, rectangle, tube
from vtour.synthetic.layout import Material
from vtour.synthetic.noise import fractal_at
from vtour.synthetic.render import RayMesh


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Signed volume of a closed surface: positive when its faces look outwards."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_rectangle_looks_along_the_cross_product() -> None:
    part = rectangle([0, 0, 0], [2, 0, 0], [0, 1, 0], 0.5, Material.stone)
    a, b, c = part.vertices[part.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0
    assert part.vertices.max(0) == pytest.approx([2, 1, 0])


def test_box_is_closed_and_looks_outwards() -> None:
    parts = hanging_box([0, 0, 0], [1, 2, 3], 0.4, Material.stone)
    assert sum(volume(part.vertices, part.faces) for part in parts) == pytest.approx(6)
    assert len(box([0, 0, 0], [1, 2, 3], 0.4, Material.stone)) == 5


def test_lathe_looks_outwards() -> None:
    polar = np.linspace(-np.pi / 2, np.pi / 2, 60)
    ball = lathe(np.zeros(3), np.sin(polar), np.cos(polar), 120, Material.stone)
    assert volume(ball.vertices, ball.faces) == pytest.approx(4 / 3 * np.pi, rel=0.01)


def test_tube_looks_outwards() -> None:
    path = np.stack([np.linspace(0, 2, 9), np.zeros(9), np.zeros(9)], -1)
    radii = np.array([0.0, *([0.5] * 7), 0.0])
    part = tube(path, radii, 90, Material.stone)
    # A cylinder of 1.5 m and two cones of 0.25 m.
    expected = np.pi * 0.25 * (1.5 + 2 * 0.25 / 3)
    assert volume(part.vertices, part.faces) == pytest.approx(expected, rel=0.01)


def test_site_is_whole(site: Site) -> None:
    used = site.vertices[np.unique(site.faces)]
    assert np.isfinite(used).all()
    assert np.linalg.norm(site.normals, axis=-1) == pytest.approx(1.0, abs=1e-6)
    courtyard = site.vertices[np.unique(site.faces[site.inside == 1])]
    extent = courtyard.max(0) - courtyard.min(0)
    assert 24.5 < extent[0] < 29  # the cliff bulges a little over the 25 x 20 m of paving
    assert 19.5 < extent[2] < 24
    assert set(site.materials) == set(Material)


def test_targets_are_free_and_face_outwards(site: Site) -> None:
    mesh = RayMesh(site.vertices, site.faces)
    for target in site.targets:
        start = target.centre + 0.5 * target.normal
        hit = mesh.first_hits(start[None], -target.normal[None])
        assert hit["t_hit"][0] == pytest.approx(0.5, abs=1e-4), target.label
        face = site.materials[hit["primitive_ids"][0]]
        assert face == Material.target, target.label


def test_noise_is_bounded_smooth_and_fades_with_the_pixel() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-5, 5, (2000, 3))
    sharp = fractal_at(points, 1.0, 0.5, 0.001, 1)
    assert np.abs(sharp).max() < 2.0 and sharp.std() > 0.2
    assert np.abs(fractal_at(points + 1e-6, 1.0, 0.5, 0.001, 1) - sharp).max() < 1e-3
    assert np.abs(fractal_at(points, 1.0, 0.5, 1.5, 1)).max() == 0.0
