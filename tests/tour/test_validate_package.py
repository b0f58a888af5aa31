"""One defect per rule of ``vtour validate``, and its exit codes."""

import json
import time

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sample_packages import box_mesh, change_manifest, write_package

from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.files import file_digest
from vtour.glb import write_glb
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.tour.validate import validate_package

HIGH, THUMB = "model/site.high.glb", "model/site.thumb.glb"
NODE = {
    "id": "yard",
    "pose": {"position": [0, 1, 0], "rotation": [0, 0, 0, 1]},
    "panorama": {
        "tile_size": 512,
        "formats": ["webp"],
        "base": "model/poster.webp",
        "template": "yard/{level}/{col}_{row}.{ext}",
        "levels": [],
    },
}


LARGE = {"width": 65536, "cols": 128, "rows": 64}


def node_of(levels, **changes):
    return {**NODE, "panorama": {**NODE["panorama"], **changes, "levels": levels}}


def setting(*path_and_value):
    """A defect: one value of the manifest, set along a path of keys."""
    *path, last, value = path_and_value

    def damage(package):
        def change(manifest):
            place = manifest
            for key in path:
                place = place[key]
            place[last] = value

        change_manifest(package, change)

    return damage


def dropping(*path):
    def damage(package):
        def change(manifest):
            place = manifest
            for key in path[:-1]:
                place = place[key]
            del place[path[-1]]

        change_manifest(package, change)

    return damage


def replacing_file(uri, write, relist=True):
    """A defect: other bytes in a file; ``relist`` puts their digest and size into the manifest."""

    def damage(package):
        write(package / uri)

        def change(manifest):
            digest = file_digest(package / uri)
            manifest["files"][uri] = digest
            for item in manifest["models"][0]["derivatives"]:
                if item["uri"] == uri:
                    item |= {"sha256": digest, "bytes": (package / uri).stat().st_size}

        if relist:
            change_manifest(package, change)

    return damage


def with_gps(path):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (60, 40)).save(path, exif=exif)


def with_camera(path):
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    Image.new("RGB", (60, 40)).save(path, exif=exif)


def changed_glb(change):
    def write(path):
        document, blob = parts_from_glb(path)
        change(document)
        path.write_bytes(glb_from_parts(document, blob))

    return write


def grown_glb(path):
    write_glb(path, box_mesh(32, high=(9.0, 2.0, 2.0)), copyright="A")


def noisy_glb(path):
    mesh = box_mesh()
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    mesh = type(mesh)(mesh.positions, mesh.normals, mesh.uvs, mesh.faces, noise)
    write_glb(path, mesh, copyright="A")


ERRORS = {
    "no JSON": (lambda p: (p / "tour.json").write_text("{"), "not valid JSON"),
    "a key twice": (lambda p: (p / "tour.json").write_text('{"id": 1, "id": 2}'), "there twice"),
    "unknown field": (setting("extra", 1), "extra: Extra inputs"),
    "missing field": (dropping("world"), "world: Field required"),
    "id that is no slug": (setting("id", "A B"), "id: String should match"),
    "NaN": (setting("start", "fov_deg", float("nan")), "start.fov_deg"),
    "name outside": (setting("poster", "uri", "../a.webp"), "poster.uri"),
    "hotspot id twice": (setting("hotspots", 1, "id", "top"), "hotspot id 'top' is used twice"),
    "node id twice": (setting("nodes", [NODE, NODE]), "node id 'yard' is used twice"),
    "link to nowhere": (
        setting("nodes", [{**NODE, "links": [{"to": "gate", "source": "sfm"}]}]),
        "links to 'gate'",
    ),
    "link to itself": (
        setting("nodes", [{**NODE, "links": [{"to": "yard", "source": "sfm"}]}]),
        "links to 'yard'",
    ),
    "stop at no node": (
        setting("tours", [{"id": "a", "title": {"en": "A"}, "stops": [{"node": "x"}]}]),
        "unknown node 'x'",
    ),
    "tile that is not listed": (
        setting(
            "nodes",
            [{**NODE, "panorama": {**NODE["panorama"], "levels": [
                {"width": 1024, "cols": 2, "rows": 1}]}}],
        ),
        "tiles not in files, such as yard/0/0_0.webp, yard/0/1_0.webp",
    ),
    "many more tiles than files": (
        setting("nodes", [node_of([LARGE] * 16, formats=["webp", "avif", "jpg"])] ),
        "393,216 tiles but 4 files, not in files: yard/0/0_0.webp, yard/0/0_0.avif",
    ),
    "a grid without end": (
        setting("nodes", [node_of([{**LARGE, "cols": 10**9}])]),
        "levels.0.cols: Input should be less than or equal to 128",
    ),
    "levels without end": (setting("nodes", [node_of([LARGE] * 17)]), "at most 16 items"),
    "tiles outside": (
        setting("nodes", [node_of([], template="../{level}/{col}_{row}.{ext}")]),
        "panorama.template: String should match",
    ),
    "tiles that share a name": (
        setting("nodes", [node_of([LARGE], template="yard/{level}/{col}.webp")]),
        "lacks one of {level} {col} {row}",
    ),
    "file outside": (setting("files", "../a.webp", "0" * 64), "files.../a.webp.[key]"),
    "link inside the package": (
        lambda p: ((p / "a.glb").write_bytes((p / HIGH).read_bytes()), (p / HIGH).unlink(),
                   (p / HIGH).symlink_to("../a.glb")),
        f"{HIGH}: a symbolic link",
    ),
    "folder that is a link": (
        lambda p: ((p / "model").rename(p / "real"), (p / "model").symlink_to("real")),
        f"{HIGH}: a symbolic link",
    ),
    "link that is not listed": (
        lambda p: (p / "etc").symlink_to("/etc"), "etc: a symbolic link, expected files and",
    ),
    "manifest that is a link": (
        lambda p: ((p / "tour.json").rename(p / "b.json"), (p / "tour.json").symlink_to("b.json")),
        "tour.json: a symbolic link",
    ),
    "rotation of no length": (
        setting("nodes", [{**NODE, "pose": {"position": [0, 0, 0], "rotation": [0, 0, 0, 2]}}]),
        "rotation of length 2",
    ),
    "file that is not listed": (dropping("files", THUMB), f"{THUMB}: named, but not in files"),
    "metres from nothing": (setting("world", "scale_source", "none"), "scale metric from none"),
    "flat transform": (setting("models", 0, "world_from_model", [0] * 15 + [1]), "inverted"),
    "row-major transform": (
        setting("models", 0, "world_from_model", [1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
        "column-major",
    ),
    "half a box": (dropping("models", 0, "bounds_min"), "one corner of its bounds"),
    "box inside out": (setting("models", 0, "bounds_min", [9, 9, 9]), "above bounds_max"),
    "nothing to show": (setting("models", []), "expected something to show"),
    "no name": (setting("name", {}), "name: none"),
    "control characters": (setting("name", "en", "Box\x1b[31m"), "control characters"),
    "text that runs backwards": (setting("name", "en", "Box\u202etxt"), "control characters"),
    "file missing": (lambda p: (p / HIGH).unlink(), f"{HIGH}: not found"),
    "file changed": (
        replacing_file(HIGH, changed_glb(lambda d: d["asset"].update(generator="x")), relist=False),
        "SHA-256",
    ),
    "link out of the package": (
        lambda p: ((p / HIGH).unlink(), (p / HIGH).symlink_to("/etc/hostname")),
        "leads outside",
    ),
    "image that is none": (
        replacing_file("model/poster.webp", lambda path: path.write_bytes(b"<html>")),
        "found HTML",
    ),
    "image with a position": (replacing_file("model/poster.webp", with_gps), "GPS position"),
    "poster of another size": (setting("poster", "width", 61), "60 x 40 px, expected 61 x 40"),
    "wrong bytes": (setting("models", 0, "derivatives", 2, "bytes", 7), "expected 7 as"),
    "wrong digest": (setting("models", 0, "derivatives", 2, "sha256", "0" * 64), "files differ"),
    "wrong faces": (setting("models", 0, "derivatives", 2, "faces", 13), "12 faces, expected 13"),
    "cut GLB": (
        replacing_file(HIGH, lambda path: path.write_bytes(path.read_bytes()[:200])),
        "truncated",
    ),
    "GLB that contradicts itself": (
        replacing_file(HIGH, changed_glb(lambda d: d["accessors"].clear())),
        "inconsistent",
    ),
    "GLB that refers elsewhere": (
        replacing_file(
            HIGH, changed_glb(lambda d: d["images"].append({"uri": "https://a.example/a.png"}))
        ),
        "refers to another file",
    ),
    "glTF with a picture of another type": (
        replacing_file(HIGH, changed_glb(lambda d: d["images"].append(7))), "inconsistent"
    ),
    "model outside its box": (replacing_file(HIGH, grown_glb), "reaches outside the bounds"),
}  # fmt: skip

WARNINGS = {
    "fine before coarse": (setting("models", 0, "derivatives", 0, "faces", 99), "coarse to fine"),
    "no start": (dropping("start"), "start: none"),
    "no poster": (dropping("poster"), "poster: none"),
    "no licence": (dropping("license"), "license: none"),
    "far hotspot": (setting("hotspots", 0, "position", [0, 900, 0]), "hotspot 'top'"),
    "language missing": (dropping("hotspots", 0, "title", "en"), "not in en"),
    "stop at a hotspot that was not placed": (
        setting("tours", [{"id": "a", "title": {"en": "A"}, "stops": [{"hotspot": "x"}]}]),
        "'x', not placed",
    ),
    "file that nobody sees": (lambda p: (p / "notes.txt").write_text("x"), "notes.txt: not listed"),
    "image with a camera": (
        replacing_file("model/poster.webp", with_camera),
        "EXIF holds more than the rights",
    ),
    "nothing blurred": (dropping("privacy"), "privacy: blur review not signed"),
    "review not signed": (
        setting("privacy", "reviewed", False),
        "privacy: blur review not signed",
    ),
    "heavy thumb": (replacing_file(THUMB, noisy_glb), "at most 200,000 for a thumb"),
    "no copyright": (
        replacing_file(HIGH, changed_glb(lambda d: d["asset"].pop("copyright"))),
        "copyright is empty",
    ),
}


@pytest.fixture
def package(tmp_path):
    return write_package(tmp_path / "box")


def test_sound_package_has_nothing_to_say(package):
    report = validate_package(package)

    assert (report.errors, report.warnings) == ([], [])


@pytest.mark.parametrize("defect", ERRORS)
def test_error(package, defect):
    damage, said = ERRORS[defect]
    damage(package)

    errors = validate_package(package).errors
    assert any(said in text for text in errors), errors
    assert all("\n" not in text for text in errors)


@pytest.mark.parametrize("defect", WARNINGS)
def test_warning(package, defect):
    damage, said = WARNINGS[defect]
    damage(package)
    report = validate_package(package)

    assert any(said in text for text in report.warnings), report
    if defect != "fine before coarse":  # its count of faces is wrong, too
        assert report.errors == []


def test_a_file_that_was_refused_is_never_opened(package, monkeypatch):
    outside = package.parent / "outside.webp"
    Image.new("RGB", (60, 40)).save(outside)
    for uri in ("model/poster.webp", HIGH):
        (package / uri).unlink()
        (package / uri).symlink_to(outside)
    opened = []
    monkeypatch.setattr("vtour.tour.validate.open_image", lambda path, **_: opened.append(path))
    errors = validate_package(package, lambda path: (opened.append(path), [])[1:] * 2).errors

    assert sum("leads outside" in text for text in errors) == 2
    assert opened and not any(path.is_symlink() for path in opened)


def test_many_tiles_are_found_out_quickly(package):
    nodes = [{**node_of([LARGE] * 16), "id": f"n{i}"} for i in range(500)]
    ERRORS["many more tiles than files"][0](package)
    setting("nodes", nodes)(package)
    started = time.process_time()
    validate_package(package)

    assert time.process_time() - started < 5  # 65 million names would take minutes


def test_findings_of_the_glb_validator_are_kept_apart(package):
    report = validate_package(package, lambda path: (["bad"], ["odd"]))

    assert report.errors == [f"model/site.{q}.glb: bad" for q in ("thumb", "medium", "high")]
    assert len(report.warnings) == 3


def test_no_package(tmp_path):
    for path, said in ((tmp_path, "no tour.json"), (tmp_path / "no", "not a folder")):
        with pytest.raises(InputError, match=said):
            validate_package(path)


@pytest.fixture
def run(monkeypatch):
    """The command, with a GLB validator that finds nothing."""
    monkeypatch.setattr("vtour.package_check.check_glb", lambda path: ([], []))

    def invoke(*arguments):
        return CliRunner().invoke(cli, ["validate", *map(str, arguments)])

    return invoke


def test_exit_codes(package, run):
    assert run(package).exit_code == 0
    assert "0 error(s), 0 warning(s)" in run(package).stdout

    WARNINGS["no start"][0](package)
    assert run(package).exit_code == 0
    assert run(package, "--strict").exit_code == 1
    assert "warning: start: none" in run(package).stdout

    ERRORS["file missing"][0](package)
    result = run(package)
    assert result.exit_code == 1
    assert f"error: {HIGH}: not found" in result.stdout and result.stderr == ""

    result = run(package / "nope")
    assert result.exit_code == 2
    assert result.stdout == "" and len(result.stderr.splitlines()) == 1


def test_publishing_depends_on_the_signed_review(package, run):
    assert run(package, "--for-publishing").exit_code == 0

    for defect in ("review not signed", "nothing blurred"):
        WARNINGS[defect][0](package)
        assert run(package).exit_code == 0
        result = run(package, "--for-publishing")
        assert result.exit_code == 1
        assert "error: privacy: blur review not signed" in result.stdout


def test_json(package, run):
    ERRORS["file missing"][0](package)
    result = run(package, "--json")

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert set(found) == {"errors", "warnings"} and len(found["errors"]) == 1


def test_the_real_glb_validator_agrees(package):
    result = CliRunner().invoke(cli, ["validate", str(package)])

    assert result.exit_code == 0, result.output
