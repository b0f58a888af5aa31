import io
import json
import shutil
import sqlite3
import struct

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sample_packages import box_mesh, write_package

from vtour.cli.info import text_lines
from vtour.cli.info_readers import info_of
from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.files import write_json
from vtour.glb import write_glb
from vtour.glb.container import glb_from_parts
from vtour.reconstruct.depthmaps import write_map

PLY = """ply
format {form} 1.0
comment made by hand
element vertex {points}
property float x
property float y
property double z
element face {faces}
property list uchar int vertex_indices
end_header
"""


def ply(path, data=b"", form="binary_little_endian", points=2, faces=0):
    path.write_bytes(PLY.format(form=form, points=points, faces=faces).encode() + data)
    return path


def las(path, crs=None, points=3):
    import laspy
    import pyproj

    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [1000, 2000, 0]
    if crs:
        header.add_crs(pyproj.CRS.from_user_input(crs))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = np.array([[1000, 2000, 5], [1001, 2003, 7], [1000.5, 2001, 6]]).T
    cloud.write(str(path))
    return path


def model_folder(path):
    import pycolmap

    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs = 1
    options.num_frames_per_rig, options.num_points3D = 3, 20
    path.mkdir()
    pycolmap.synthesize_dataset(options).write_binary(str(path))
    return path


def test_ply_is_a_cloud_or_a_mesh_by_its_counts(tmp_path):
    cloud = info_of(ply(tmp_path / "a.ply", bytes(32)))
    mesh = info_of(ply(tmp_path / "b.ply", bytes(48 + 13), points=3, faces=1))

    assert (cloud["kind"], cloud["points"]) == ("PLY point cloud", 2)
    assert cloud["properties"] == ["x", "y", "z"]
    assert (mesh["kind"], mesh["vertices"], mesh["faces"]) == ("PLY mesh", 3, 1)
    assert cloud["comments"] == ["made by hand"]


@pytest.mark.parametrize(
    ("crs", "said", "units"),
    [
        ("EPSG:9215", "EPSG:9215 VN-2000 / TM-3 107-15", ["metre"]),
        (
            "EPSG:2994",
            "EPSG:2994 NAD83(HARN) / Oregon GIC Lambert (ft)",
            ["foot (0.3048 m), become metres"],
        ),
        ("EPSG:2225", "EPSG:2225", ["US survey foot (0.3048006096 m), become metres"]),
        (None, "none: units and place are not told", None),
    ],
)
def test_las_says_its_crs_and_units(tmp_path, crs, said, units):
    facts = info_of(las(tmp_path / "a.las", crs))

    assert (facts["kind"], facts["points"]) == ("LAS point cloud", 3)
    assert facts["bounds_min"] == [1000, 2000, 5] and facts["bounds_max"] == [1001, 2003, 7]
    assert facts["crs"].startswith(said)
    assert facts.get("units") == units


def test_laz_is_told_by_its_content(tmp_path):
    facts = info_of(las(tmp_path / "Mây điểm.laz"))

    assert (facts["kind"], facts["points"]) == ("LAZ point cloud", 3)


def test_e57_lists_its_scans_with_their_poses(tmp_path):
    import pye57

    path = tmp_path / "a.e57"
    with pye57.E57(str(path), mode="w") as file:
        points = {f"cartesian{axis}": np.arange(4.0) for axis in "XYZ"}
        file.write_scan_raw(points, name="hall", translation=np.array([1.0, 2.0, 3.0]))
        file.write_scan_raw(points, name="yard")
    facts = info_of(path)

    assert (facts["kind"], facts["points"]) == ("E57 scans", 8)
    assert [scan["name"] for scan in facts["scans"]] == ["hall", "yard"]
    assert facts["scans"][0]["translation_xyz"] == [1, 2, 3]


def test_image_with_orientation_and_camera(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "DJI", "FC300S"
    exif.get_ifd(0x8825).update({1: "N", 2: (21.0, 51.0, 0.0), 3: "E", 4: (106.0, 45.0, 0.0)})
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)
    facts = info_of(tmp_path / "a.jpg")

    assert (facts["kind"], facts["size_px"]) == ("JPEG image", [30, 40])
    assert (facts["camera"], facts["orientation"]) == ("DJI FC300S", 6)
    assert facts["gps"] == {"lat": 21.85, "lon": 106.75}


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_image_is_measured_upright(tmp_path, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / f"a.{suffix}", exif=exif)

    assert info_of(tmp_path / f"a.{suffix}")["size_px"] == [30, 40]


def test_bare_sphere_is_only_suspected(tmp_path):
    Image.new("RGB", (2048, 1024)).save(tmp_path / "a.jpg")

    assert "full sphere" in info_of(tmp_path / "a.jpg")["may_be"]


def test_glb(tmp_path):
    write_glb(tmp_path / "a.glb", box_mesh(16), copyright="A")
    facts = info_of(tmp_path / "a.glb")

    assert (facts["kind"], facts["faces"], facts["copyright"]) == ("GLB model", 12, "A")
    assert facts["bounds_max"] == [1, 2, 2]
    assert facts["textures"][0]["size_px"] == [16, 16]


@pytest.mark.parametrize("form", [("WEBP", {}), ("WEBP", {"lossless": True}), ("PNG", {}),
                                  ("JPEG", {}), ("WEBP", {"exif": b"Exif\0\0"})])  # fmt: skip
def test_only_the_headers_of_a_glb_are_read(tmp_path, form, monkeypatch):
    name, options = form
    noise = np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8)
    bytes_of = io.BytesIO()
    Image.fromarray(noise).save(bytes_of, name, **options)
    picture = bytes_of.getvalue()
    document = {
        "asset": {"version": "2.0"},
        "images": [{"bufferView": 0, "mimeType": "image/x"}],
        "bufferViews": [{"buffer": 0, "byteOffset": 8, "byteLength": len(picture)}],
    }
    path = tmp_path / "a.glb"
    path.write_bytes(glb_from_parts(document, bytes(8) + picture))
    monkeypatch.setattr("vtour.cli.info_models.MAX_PICTURE_HEADER_BYTES", 1000)
    monkeypatch.setattr(type(path), "read_bytes", None)

    facts = info_of(path)

    assert facts["textures"] == [{"type": "image/x", "bytes": len(picture), "size_px": [500, 300]}]


def test_colmap_model_and_each_of_its_files(tmp_path):
    folder = model_folder(tmp_path / "sparse")

    assert info_of(folder)["images_registered"] == 3
    assert info_of(folder)["points"] == 20
    assert info_of(folder / "points3D.bin")["kind"] == "COLMAP model"


def test_colmap_database(tmp_path):
    import pycolmap

    with pycolmap.Database.open(str(tmp_path / "a.db")):
        pass
    facts = info_of(tmp_path / "a.db")

    assert (facts["kind"], facts["images"], facts["keypoints"]) == ("COLMAP database", 0, 0)


def test_depth_and_normal_maps(tmp_path):
    depth = np.zeros((2, 4), np.float32)
    depth[0] = [1, 2, 3, 10]
    write_map(tmp_path / "d.bin", depth)
    write_map(tmp_path / "n.bin", np.zeros((2, 4, 3), np.float32))
    facts = info_of(tmp_path / "d.bin")

    assert (facts["size_px"], facts["known_share"]) == ([4, 2], 0.5)
    assert [facts[f"depth_{name}"] for name in ("min", "median", "max")] == [1, 2.5, 10]
    assert info_of(tmp_path / "n.bin")["kind"] == "COLMAP normal map"


def test_package_its_manifest_and_a_folder_of_packages(tmp_path):
    package = write_package(tmp_path / "all" / "box")
    (package / "model/poster.webp").unlink()

    facts = info_of(package)
    assert (facts["kind"], facts["id"], facts["hotspots"]) == ("scene package", "box", 2)
    assert facts["missing"] == ["model/poster.webp"]
    assert info_of(package / "tour.json")["kind"] == "manifest of a scene package"
    assert info_of(tmp_path / "all")["packages"] == [{"id": "box", "folder": "box", "files": 4}]


def test_work_folder_says_which_stages_are_done(tmp_path):
    write_json(tmp_path / "inventory.json", {"site_id": "a", "layout": "photos", "files": []})
    faces = {"faces": {"value": 1500, "unit": "1"}}
    for stage in ("inventory", "mesh"):
        write_json(tmp_path / f"reports/{stage}.json", {"stage": stage, "measures": faces})
    record = {"key": "", "outputs": {}, "absent": []}
    write_json(tmp_path / ".vtour/stages/inventory.json", record)
    facts = info_of(tmp_path)

    assert (facts["kind"], facts["stages_done"]) == ("work folder", ["inventory"])
    assert "sparse" in facts["stages_left"]
    assert facts["faces"] == "1,500"
    assert info_of(tmp_path / "inventory.json")["kind"] == "inventory of captures"
    assert info_of(tmp_path / "reports/mesh.json")["measures"] == {"faces": "1,500"}


@pytest.mark.parametrize(
    "record",
    [7, {"key": "", "outputs": [], "absent": []}, {"key": 1, "outputs": {}, "absent": []},
     {"key": "", "outputs": {"a": 1}, "absent": []}, {"key": "", "outputs": {}},
     {"key": "", "outputs": {"inventory.json": {"stamp": []}}, "absent": []}],
)  # fmt: skip
def test_a_damaged_record_is_none(tmp_path, record):
    write_json(tmp_path / "inventory.json", {"site_id": "a", "layout": "photos", "files": []})
    write_json(tmp_path / "reports/inventory.json", {"stage": "inventory", "measures": {}})
    write_json(tmp_path / ".vtour/stages/inventory.json", record)

    assert info_of(tmp_path)["stages_done"] == []


SITE = """\
id: hall
name: {vi: Hội trường, zh-Hans: 大厅}
hotspots: [{id: a, at: {enu_m: [0, 0, 0]}, title: {en: Door}}]
"""


def test_captures_and_their_tables(tmp_path):
    folder = tmp_path / "Động Tam Thanh"
    (folder / "photos").mkdir(parents=True)
    Image.new("RGB", (400, 300)).save(folder / "photos/Ảnh 1.jpg")
    (folder / "notes.docx").write_bytes(b"PK\3\4")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    (folder / "control.csv").write_text("# crs: enu\nlabel,x,y,z,role\na,1,2,3,check\nb,1,2,3,\n")
    (folder / "marks.csv").write_text("label,file,x_px,y_px\na,1.jpg,1,2\na,2.jpg,1,2\n")
    facts = info_of(folder)
    (folder / "scalebars.csv").write_text("from,to,length_m\na,b,1.5\n")

    assert (facts["kind"], facts["layout"]) == ("folder of captures", "standard")
    assert facts["id"] == "dong-tam-thanh"
    assert facts["kinds"] == {"control": 1, "marks": 1, "photo": 1, "site": 1}
    assert (facts["files"], facts["ignored"]) == (5, 1)
    site = info_of(folder / "site.yaml")
    assert (site["id"], site["languages"]) == ("hall", ["en", "vi", "zh-Hans"])
    control = info_of(folder / "control.csv")
    assert (control["crs"], control["roles"]) == ("enu", {"check": 1, "control": 1})
    marks = info_of(folder / "marks.csv")
    assert (marks["marks"], marks["labels"], marks["photos"]) == (2, 1, 2)
    assert info_of(folder / "scalebars.csv")["bars"] == 1


def test_checksums_of_a_delivery(tmp_path):
    (tmp_path / "manifest-sha256.txt").write_text(f"{'0' * 64}  photos/a.jpg\n")

    assert info_of(tmp_path / "manifest-sha256.txt")["files"] == 1


def cut(path, size):
    with path.open("r+b") as stream:
        stream.truncate(size)
    return path


def changed(path, offset, form, *values):
    """A file with other numbers at a place."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, offset, *values)
    path.write_bytes(bytes(data))
    return path


def _many_las_records(folder):
    """295 bytes that promise four billion records."""
    return changed(cut(las(folder / "a.las"), 295), 96, "<II", 295, 0xFF000000)


def _long_las_record(folder):
    """One extended record at the end of the file, said to be longer than any file."""
    path = las(folder / "a.las")
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(bytes(20) + struct.pack("<Q", 1 << 62) + bytes(32))
    return changed(path, 235, "<QI", size, 1)


def text(name, words):
    return lambda folder: _written(folder / name, words)


def _written(path, words):
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    return path


def _half_model(name, size):
    def make(folder):
        model = model_folder(folder / "sparse")
        cut(model / name, size)
        return model

    return make


def _other_database(folder):
    with sqlite3.connect(folder / "a.db") as database:
        database.execute("CREATE TABLE a (b)")
    database.close()
    return folder / "a.db"


def _empty_folder(folder):
    (folder / "empty").mkdir()
    return folder / "empty"


def _half_map(folder):
    write_map(folder / "d.bin", np.ones((4, 4), np.float32))
    return cut(folder / "d.bin", 20)


WRONG = {
    "nothing there": (lambda folder: folder / "nope", "not found"),
    "empty folder": (_empty_folder, "no captures"),
    "unknown text": (text("a.txt", "hello"), "found text"),
    "empty file": (text("a.jpg", b""), "an empty file"),
    "lies about its type": (text("a.jpg", b"PK\3\4" + bytes(60)), "found ZIP"),
    "broken JSON": (text("a.json", "{"), "not valid JSON"),
    "deep JSON": (text("a.json", "[" * 100_000), "not valid JSON"),
    "unknown JSON": (text("a.json", "{}"), "unknown kind"),
    "bad manifest": (text("a.json", '{"asset": {}, "world": {}}'), "Field required"),
    "bad site": (text("site.yaml", "id: A B"), "site.yaml:1:5"),
    "unknown table": (text("a.csv", "a,b\n1,2\n"), "columns"),
    "endless field": (text("control.csv", f"label,x,y,z,role\n{'A' * 140_000},1,2,3,"), "field"),
    "no CRS": (text("control.csv", "label,x,y,z,role\na,1,2,3,check\n"), "no CRS"),
    "cut PLY": (lambda folder: ply(folder / "a.ply", bytes(31)), "truncated"),
    "PLY without end": (text("a.ply", "ply\nformat ascii 1.0\n"), "end_header"),
    "cut LAS": (lambda folder: cut(las(folder / "a.las"), 100), "LAS"),
    "many LAS records": (_many_las_records, "4,278,190,080 records in its header"),
    "LAS points far away": (
        lambda folder: changed(las(folder / "a.las"), 96, "<I", 0xFF000000), "truncated"
    ),
    "many extended LAS records": (
        lambda folder: changed(las(folder / "a.las"), 235, "<QI", 375, 0xFF000000),
        "extended records",
    ),
    "long extended LAS record": (_long_las_record, "runs over the end"),
    "cut LAS points": (lambda folder: cut(las(folder / "a.las"), 375 + 40), "truncated"),
    "damaged E57": (text("a.e57", b"ASTM-E57" + bytes(2000)), "damaged E57"),
    "cut GLB": (text("a.glb", b"glTF\2\0\0\0\0\1\0\0" + bytes(20)), "truncated"),
    "cut points": (_half_model("points3D.bin", 100), "damaged COLMAP model"),
    "cut images": (_half_model("images.bin", 100), "damaged COLMAP model"),
    "cut cameras": (_half_model("cameras.bin", 20), "damaged COLMAP model"),
    "empty points": (_half_model("points3D.bin", 0), "damaged COLMAP model"),
    "another database": (_other_database, "expected a COLMAP database"),
    "cut depth map": (_half_map, "bytes"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_line_and_status_2(tmp_path, what):
    make, said = WRONG[what]
    path = make(tmp_path)

    result = CliRunner().invoke(cli, ["info", str(path)])

    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_model_without_its_points_file(tmp_path):
    folder = model_folder(tmp_path / "sparse")
    (folder / "points3D.bin").unlink()

    with pytest.raises(InputError, match=r"no points3D\.bin"):
        info_of(folder)


def test_text_and_json_say_the_same(tmp_path):
    package = write_package(tmp_path / "box")
    runner = CliRunner()

    plain = runner.invoke(cli, ["info", str(package)]).stdout
    facts = json.loads(runner.invoke(cli, ["info", "--json", str(package)]).stdout)

    assert facts == info_of(package)
    assert plain.splitlines() == list(text_lines(facts))
    assert "- quality Thumb, uri model/site.thumb.glb" in plain
    assert "vi Hộp" in plain


def test_a_name_from_outside_does_not_steer_the_terminal(tmp_path):
    package = write_package(tmp_path / "box", credit="\x1b[31mred", license="\x1b]0;x\x07")

    assert "\x1b" not in CliRunner().invoke(cli, ["info", str(package)]).stdout


def test_long_lists_are_shortened():
    lines = list(text_lines({"kind": "x", "scans": [{"name": str(i)} for i in range(30)]}))

    assert len(lines) == 2 + 19 + 1
    assert lines[-1] == "  and 11 more (--json lists all)"


def test_nothing_is_written(tmp_path):
    package = write_package(tmp_path / "box")
    shutil.copytree(model_folder(tmp_path / "m"), package / "m")
    before = {p: p.stat().st_mtime_ns for p in package.rglob("*")}

    info_of(package)
    info_of(package / "m")

    assert {p: p.stat().st_mtime_ns for p in package.rglob("*")} == before
