"""``vtour info`` on models in files of their own and with files beside them."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sample_packages import box_mesh

from vtour.cli.info_readers import info_of
from vtour.cli.main import cli
from vtour.glb import write_glb
from vtour.glb.container import parts_from_glb

OBJ = """mtllib a.mtl
v 0 0 0
v 1 0 0
v 1 2 0
v 0 2 3
vt 0 0
usemtl paint
f 1/1 2/1 3/1 4/1
usemtl glass
f 1 2 3
"""
PLY = """ply
format ascii 1.0
comment TextureFile p.png
comment TextureFile gone.png
element vertex 3
property double x
property double y
property double z
element face 1
property list uchar int vertex_indices
end_header
0 0 0
1 0 0
1 2 5
3 0 1 2
"""


def png(path, size=(40, 30)):
    Image.new("RGB", size).save(path)
    return path.stat().st_size


def test_gltf_says_what_its_glb_says(tmp_path):
    mesh = box_mesh(16)
    write_glb(tmp_path / "a.glb", mesh, copyright="A")
    document, blob = parts_from_glb(tmp_path / "a.glb")
    (tmp_path / "a.bin").write_bytes(blob)
    document["buffers"][0]["uri"] = "a.bin"
    size = png(tmp_path / "p q.png")
    document["images"] = [{"uri": "p%20q.png"}]
    (tmp_path / "a.gltf").write_text(json.dumps(document))

    whole, facts = info_of(tmp_path / "a.glb"), info_of(tmp_path / "a.gltf")
    assert facts["kind"] == "glTF model"
    for name in ("generator", "meshes", "vertices", "faces", "materials", "extensions",
                 "copyright", "bounds_min", "bounds_max"):  # fmt: skip
        assert facts[name] == whole[name]
    assert facts["textures"] == [{"picture": "p%20q.png", "bytes": size, "size_px": [40, 30]}]


def test_a_model_that_moves_says_so(tmp_path):
    write_glb(tmp_path / "a.glb", box_mesh(16))
    document, _ = parts_from_glb(tmp_path / "a.glb")
    document["animations"] = [{}, {}]
    document["images"] = [{"uri": "data:image/png;base64,AAAA"}]
    (tmp_path / "a.gltf").write_text(json.dumps(document))

    facts = info_of(tmp_path / "a.gltf")
    assert facts["moves"] == ["2 animations"]
    assert facts["textures"] == [{"picture": "in a data URI"}]


def test_obj_with_its_materials(tmp_path):
    size = png(tmp_path / "p.png")
    (tmp_path / "a.mtl").write_text("newmtl paint\nmap_Kd -bm 1 p.png\nnewmtl glass\nmap_d q.png\n")
    (tmp_path / "a.obj").write_text(OBJ)

    facts = info_of(tmp_path / "a.obj")
    assert (facts["kind"], facts["meshes"], facts["materials"]) == ("OBJ model", 1, 2)
    assert (facts["vertices"], facts["faces"]) == (4, 2)
    assert (facts["bounds_min"], facts["bounds_max"]) == ([0, 0, 0], [1, 2, 3])
    assert facts["textures"] == [
        {"picture": "p.png", "bytes": size, "size_px": [40, 30]},
        {"picture": "q.png", "size_px": "not found"},
    ]


def test_ply_mesh_says_what_others_say(tmp_path):
    size = png(tmp_path / "p.png")
    (tmp_path / "a.ply").write_text(PLY)

    facts = info_of(tmp_path / "a.ply")
    assert (facts["kind"], facts["vertices"], facts["faces"]) == ("PLY mesh", 3, 1)
    assert (facts["bounds_min"], facts["bounds_max"]) == ([0, 0, 0], [1, 2, 5])
    assert facts["properties"] == ["x", "y", "z"]
    assert facts["textures"] == [
        {"picture": "p.png", "bytes": size, "size_px": [40, 30]},
        {"picture": "gone.png", "size_px": "not found"},
    ]


def _changed_gltf(change):
    def make(folder):
        write_glb(folder / "a.glb", replace(box_mesh(16)))
        document, _ = parts_from_glb(folder / "a.glb")
        change(document)
        (folder / "a.gltf").write_text(json.dumps(document))
        return folder / "a.gltf"

    return make


def _text(name, text):
    def make(folder):
        (folder / name).write_text(text)
        return folder / name

    return make


WRONG = {
    "no document": (_text("a.gltf", "{"), "JSON cannot be read"),
    "picture above": (
        _changed_gltf(lambda d: d.update(images=[{"uri": "../p.png"}])), "leads elsewhere"
    ),
    "picture gone": (_changed_gltf(lambda d: d.update(images=[{"uri": "p.png"}])), "not found"),
    "circle": (_changed_gltf(lambda d: d["nodes"][0].update(children=[0])), "circle"),
    "no view": (_changed_gltf(lambda d: d.update(images=[{"bufferView": 99}])), "broken"),
    "materials above": (_text("a.obj", OBJ.replace("a.mtl", "../a.mtl")), "leads elsewhere"),
    "words in an OBJ": (_text("a.obj", OBJ.replace("1 2 0", "1 two 0")), "line 4"),
    "words in a PLY": (_text("a.ply", PLY.replace("1 2 5", "1 two 5")), "expected a number"),
    "cut PLY": (_text("a.ply", PLY[:-20]), "truncated"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_line_and_status_2(tmp_path, what):
    make, said = WRONG[what]
    result = CliRunner().invoke(cli, ["info", str(make(tmp_path))])

    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_pictures_of_other_kinds_are_measured(tmp_path):
    for form in ("BMP", "TIFF"):
        stream = io.BytesIO()
        Image.fromarray(np.zeros((3, 5, 3), np.uint8)).save(stream, form)
        (tmp_path / "p.png").write_bytes(stream.getvalue())
        (tmp_path / "a.ply").write_text(PLY.replace("comment TextureFile gone.png\n", ""))
        assert info_of(tmp_path / "a.ply")["textures"][0]["size_px"] == [5, 3]


def test_what_models_yaml_says(tmp_path):
    path = tmp_path / "models.yaml"
    path.write_text("models:\n  - {file: a.obj, crs: 'EPSG:32648'}\n  - {file: b.ply, up: y}\n")
    facts = info_of(path)
    assert (facts["models"], facts["placed"], facts["files"]) == (2, 1, ["a.obj", "b.ply"])
    path.write_text("models:\n  - {file: a.obj, crs: 32648}\n")
    result = CliRunner().invoke(cli, ["info", str(path)])
    assert result.exit_code == 2 and "models.yaml:2:24: models[0].crs" in result.output
    assert "EPSG:32648 or the like" in result.output
