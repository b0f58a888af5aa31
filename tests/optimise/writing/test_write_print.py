"""STL and 3MF: millimetres, Z up, and whether the mesh is the skin of a body."""

import zipfile

import numpy as np
import pytest
from optimise.scenes import rich_scene, square

from vtour.errors import InputError
from vtour.glb.scene import Material, Part, Scene
from vtour.glb.xmp import Credits
from vtour.optimise.writing.write_print import PrintOptions, open_edges_of, write_3mf, write_stl

REAL_SIZE = PrintOptions(longest_mm=0)


def box(width=1.0, height=2.0, depth=0.5):
    """A closed box as two parts, its corners not shared between faces; seen from outside."""
    corners = np.array([[x, y, z] for x in (0, width) for y in (0, height) for z in (0, depth)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    shreds = corners[triangles].reshape(-1, 3).astype(np.float32)
    faces = np.arange(36, dtype=np.uint32).reshape(-1, 3)
    parts = [Part(shreds[:18], faces[:6], name="a"), Part(shreds[18:], faces[:6], name="b")]
    return Scene(parts, [Material()])


@pytest.mark.parametrize("write", [write_stl, write_3mf])
def test_a_box_is_a_body(tmp_path, write):
    report = write(tmp_path / "box.out", box(), REAL_SIZE)

    assert report.watertight
    assert report.faces == 12
    assert report.size_mm == pytest.approx((1000, 500, 2000))  # its height is along Z
    assert report.volume_mm3 == pytest.approx(1e9)


def test_the_longest_side_is_as_asked(tmp_path):
    report = write_stl(tmp_path / "box.stl", box(), PrintOptions(longest_mm=80))

    assert report.size_mm == pytest.approx((40, 20, 80))


@pytest.mark.parametrize("name", ["box.stl", "box.3mf"])
def test_another_program_reads_the_same(tmp_path, name):
    import trimesh

    if name.endswith("3mf"):
        lib3mf = pytest.importorskip("lib3mf")
        write_3mf(tmp_path / name, box(), REAL_SIZE, credits=Credits({"en": "A & B"}, ("C",)))
        model = lib3mf.get_wrapper().CreateModel()
        reader = model.QueryReader("3mf")
        reader.SetStrictModeActive(True)
        reader.ReadFromFile(str(tmp_path / name))
        assert reader.GetWarningCount() == 0
        assert model.GetUnit() == lib3mf.ModelUnit.MilliMeter
        meshes = model.GetMeshObjects()
        assert meshes.MoveNext()
        mesh = meshes.GetCurrentMeshObject()
        assert mesh.IsManifoldAndOriented()
        assert mesh.GetTriangleCount() == 12
        return
    write_stl(tmp_path / name, box(), REAL_SIZE)
    mesh = trimesh.load(tmp_path / name)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(1e9)  # positive: its faces look outside
    np.testing.assert_allclose(mesh.bounds, [[-500, -250, 0], [500, 250, 2000]])


def test_an_open_surface_is_said_to_be_open(tmp_path):
    positions, _, faces = square(cells=4)
    report = write_stl(tmp_path / "a.stl", Scene([Part(positions, faces)], [Material()]))

    assert report.open_edges == 16  # four a side
    assert not report.watertight
    assert report.volume_mm3 is None


def test_a_face_turned_over_is_found():
    sound = np.uint32([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    turned = sound.copy()
    turned[0] = turned[0, ::-1]

    assert open_edges_of(sound) == 0
    assert open_edges_of(turned) == 3


def test_three_faces_at_an_edge_are_no_body():
    assert open_edges_of(np.uint32([[0, 1, 2], [1, 0, 3], [0, 1, 4]])) == 7


def test_same_scene_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_stl(tmp_path / f"{name}.stl", rich_scene())
        write_3mf(tmp_path / f"{name}.3mf", rich_scene())

    for suffix in ("stl", "3mf"):
        pair = [(tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b")]
        assert pair[0] == pair[1]


def test_texts_cannot_break_the_file(tmp_path):
    write_3mf(tmp_path / "a.3mf", box(), credits=Credits({"en": "</metadata> & <x>"}))

    text = zipfile.ZipFile(tmp_path / "a.3mf").read("3D/3dmodel.model").decode()
    assert "&lt;/metadata&gt; &amp; &lt;x&gt;" in text


def test_nothing_to_print(tmp_path):
    with pytest.raises(InputError, match="no parts"):
        write_stl(tmp_path / "a.stl", Scene([], []))
    assert list(tmp_path.iterdir()) == []
