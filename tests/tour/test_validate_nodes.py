"""One defect per rule of ``vtour validate`` about nodes and their tiles."""

import json

import pytest
from node_folders import preview, standpoint, write_node_folder
from PIL import Image
from sample_packages import change_manifest

from vtour.files import file_digest
from vtour.tour.nodes import tiles_digest
from vtour.tour.package import build_package
from vtour.tour.validate import validate_package

TILE = "panoramas/yard/1/2_1.webp"
BASE = "panoramas/yard/base.webp"
POINTS = [standpoint("yard", (0, 1, 0)), standpoint("gate", (4, 1, 0))]
SITE = "id: box\nname: {vi: Hộp}\nlicense: CC0-1.0\nnodes: {yard: {name: {vi: Sân}}}\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    work = write_node_folder(
        tmp_path_factory.mktemp("nodes"), POINTS, SITE, pairs=[("yard", "gate")]
    )
    build_package(work, work)
    signed = {"proposed": 0, "blurred": 0, "reviewed": True}
    change_manifest(work.package, lambda manifest: manifest.update(privacy=signed))
    return work.package


@pytest.fixture
def package(sound, tmp_path):
    import shutil

    return shutil.copytree(sound, tmp_path / "package")


def setting(*path_and_value):
    *path, last, value = path_and_value

    def damage(package):
        def change(manifest):
            place = manifest
            for key in path:
                place = place[key]
            place[last] = value

        change_manifest(package, change)

    return damage


def picture(uri, size, relist=True, **how):
    """A defect: a picture of another size; ``relist`` puts its digest where it belongs."""

    def damage(package):
        Image.new("RGB", size, "red").save(package / uri, **how)
        if relist:
            _relist(package, uri)

    return damage


def _relist(package, uri):
    def change(manifest):
        if uri in manifest["files"]:
            manifest["files"][uri] = file_digest(package / uri)
            return
        node = uri.split("/")[1]
        tiles = sorted(
            path.relative_to(package).as_posix()
            for path in (package / "panoramas" / node).glob("*/*.webp")
        )
        digest = tiles_digest((tile, file_digest(package / tile)) for tile in tiles)
        for item in manifest["nodes"]:
            if item["id"] == node:
                item["panorama"]["tiles_sha256"] = digest

    change_manifest(package, change)


def with_exif(package):
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    Image.new("RGB", (32, 32)).save(package / TILE, exif=exif)
    _relist(package, TILE)


def link_tile(package):
    (package / TILE).unlink()
    (package / TILE).symlink_to("2_0.webp")


NODE = ("nodes", 0)
LEVEL = (*NODE, "panorama", "levels", 1)
ERRORS = {
    "node id twice": (setting("nodes", 1, "id", "yard"), "node id 'yard' is used twice"),
    "link to nowhere": (setting(*NODE, "links", 0, "to", "gatt"), "links to 'gatt'"),
    "link to itself": (setting(*NODE, "links", 0, "to", "yard"), "links to 'yard'"),
    "link twice": (
        setting(*NODE, "links", [{"to": "gate", "source": "sfm"}] * 2),
        "links to 'gate' twice",
    ),
    "start in no node": (setting("start", "node", "x"), "start: node 'x', expected one of"),
    "rotation of no length": (
        setting(*NODE, "pose", "rotation", [0, 0, 0, 0.5]),
        "rotation of length 0.5",
    ),
    "grid of another width": (setting(*LEVEL, "cols", 3), "3 x 2 tiles, expected 4 x 2 of 32 px"),
    "width that is odd": (setting(*LEVEL, "width", 127), "width 127, expected an even number"),
    "level that does not double": (setting(*LEVEL, "width", 126), "width 126, expected 128"),
    "levels in another order": (
        lambda p: change_manifest(p, lambda m: m["nodes"][0]["panorama"]["levels"].reverse()),
        "coarse to fine",
    ),
    "preview that is none": (
        setting(*NODE, "panorama", "preview", "data:image/webp;base64,AAAA"),
        "preview cannot be read",
    ),
    "preview that is cut": (
        setting(*NODE, "panorama", "preview", preview()[:60]),
        "preview cannot be read",
    ),
    "preview that is no sphere": (
        setting(*NODE, "panorama", "preview", preview((16, 9))),
        "preview of 16 x 9 px, expected 2:1",
    ),
    "preview that is large": (
        setting(*NODE, "panorama", "preview", preview((256, 128))),
        "preview of 256 x 128 px, expected 2:1 and at most 128",
    ),
    "thumb that is not listed": (
        lambda p: change_manifest(p, lambda m: m["files"].pop("panoramas/yard/thumb.webp")),
        "thumb.webp: named, but not in files",
    ),
    "base missing": (lambda p: (p / BASE).unlink(), f"{BASE}: not found"),
    "base that is no sphere": (picture(BASE, (64, 30)), f"{BASE}: 64 x 30 px, expected 2:1"),
    "base that is no image": (
        lambda p: ((p / BASE).write_bytes(b"<html>"), _relist(p, BASE)),
        f"{BASE}: base.webp: found HTML",
    ),
    "tile missing": (
        lambda p: (p / TILE).unlink(),
        f"node 'yard': of 10 tiles not found: {TILE}",
    ),
    "tile that is a link": (link_tile, f"not found: {TILE}"),
    "tile of another size": (picture(TILE, (32, 31)), f"{TILE}: 32 x 31 px, expected 32 x 32"),
    "tile of another format": (
        picture(TILE, (32, 32), format="JPEG"),
        f"{TILE}: 2_1.webp: found",
    ),
    "tile with EXIF": (with_exif, f"{TILE}: holds EXIF"),
    "tile changed": (picture(TILE, (32, 32), relist=False), "node 'yard': SHA-256 over its tiles"),
    "many more tiles than files": (
        setting(*NODE, "panorama", "levels", [{"width": 65536, "cols": 128, "rows": 64}] * 16),
        "of 131,072 tiles not found: panoramas/yard/0/2_0.webp",
    ),
    "tiles that share a name": (
        setting(*NODE, "panorama", "template", "panoramas/yard/{level}/{col}.webp"),
        "lacks one of {level} {col} {row}",
    ),
    "name with control characters": (setting(*NODE, "name", "vi", "a\x1b"), "control characters"),
}
WARNINGS = {
    "parts without a link": (
        lambda p: change_manifest(p, lambda m: [n.update(links=[]) for n in m["nodes"]]),
        "2 parts without a link between them, such as that of 'yard'",
    ),
    "tile of no level": (
        lambda p: (p / TILE).with_name("9_9.webp").write_bytes((p / TILE).read_bytes()),
        "9_9.webp: not listed",
    ),
    "language missing": (setting("name", {"vi": "Hộp", "en": "Box"}), "'yard' name: not in en"),
}


def test_a_sound_package_has_nothing_to_say(package):
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
    assert report.errors == []


def test_tiles_may_be_listed_one_by_one(package):
    def change(manifest):
        for node in manifest["nodes"]:
            del node["panorama"]["tiles_sha256"]
        for path in package.glob("panoramas/*/*/*.webp"):
            uri = path.relative_to(package).as_posix()
            manifest["files"][uri] = file_digest(path)

    change_manifest(package, change)
    report = validate_package(package)
    assert (report.errors, report.warnings) == ([], [])
    assert len(json.loads((package / "tour.json").read_text())["files"]) == 24
