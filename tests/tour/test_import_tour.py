import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.tour.panorama_packages import (
    HEADINGS_DEG,
    NODES,
    SPOTS,
    direction_sphere,
    rays_of_sphere,
    spot_in_node,
    write_panorama_package,
)
from tests.tour.test_export_tour import needs_libraries
from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.gpano import gpano_packet, read_gpano, sphere_values
from vtour.siteyaml import read_site
from vtour.tour.export import Target, export_tour
from vtour.tour.import_tour import import_tour
from vtour.tour.importers.found import plain_text, title_and_text
from vtour.tour.importers.masters import with_xmp


def angles(ray):
    yaw = np.degrees(np.arctan2(ray[0], -ray[2]))
    return yaw, np.degrees(np.arctan2(ray[1], np.hypot(ray[0], ray[2])))


def master_of(captures, node):
    """Pixels (h, w, 3) and GPano of a node's panorama."""
    with Image.open(captures / "panoramas" / f"{node}.jpg") as image:
        return np.asarray(image, int), read_gpano(image)


def write_json_file(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_sphere(path, width=400, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(direction_sphere(width)).save(path, **options)


def equirect_tour(folder, **changes):
    """A tour of two equirectangular scenes."""
    write_sphere(folder / "img" / "a.jpg", quality=95)
    write_sphere(folder / "img" / "b b.png")
    scenes = {
        "Cổng": {
            "type": "equirectangular",
            "title": "Cổng <i>chính</i>",
            "panorama": "img/a.jpg",
            "northOffset": 30,
            "hotSpots": [
                {"type": "scene", "yaw": 10, "pitch": -5, "sceneId": "san"},
                {
                    "yaw": 200, "pitch": 12.5, "text": "Bia <b>đá</b><br>Dựng năm 1779",
                    "URL": "https://example.org/bia",
                },
            ],
        },
        "san": {"panorama": "img/b%20b.png", "hotSpots": [{"type": "scene", "sceneId": "Cổng"}]},
    }  # fmt: skip
    config = {
        "default": {"firstScene": "san", "author": "Nguyễn Văn A", "title": "Đền"},
        "scenes": scenes,
        **changes,
    }
    write_json_file(folder / "tour.json", config)
    return folder


def change_scene(folder, name, **changes):
    config = json.loads((folder / "tour.json").read_text())
    config["scenes"][name] |= changes
    write_json_file(folder / "tour.json", config)
    return folder


def marzipano_tour(folder, text=None, **changes):
    """One scene of the Tool's form: faces of 256 px, plain colours."""
    for face in "bdflru":
        path = folder / "app-files" / "tiles" / "0-hall" / "1" / face / "0" / "0.jpg"
        path.parent.mkdir(parents=True)
        Image.new("RGB", (256, 256), (90, 40, 10)).save(path)
    scene = {
        "id": "0-hall",
        "name": "Hall",
        "levels": [
            {"tileSize": 128, "size": 128, "fallbackOnly": True},
            {"tileSize": 256, "size": 256},
        ],
        "faceSize": 256,
        "initialViewParameters": {"yaw": 0, "pitch": 0, "fov": 1.5},
        "linkHotspots": [],
        "infoHotspots": [{"yaw": -3.5, "pitch": 0.5, "title": "Trống", "text": "Đồng"}],
        **changes,
    }
    data = json.dumps({"scenes": [scene], "name": "Nhà", "settings": {}})
    (folder / "app-files" / "data.js").write_text(text or f"// made\nvar APP_DATA = {data};\n")
    return folder


@needs_libraries
@pytest.mark.parametrize("target", [Target.pannellum, Target.marzipano])
def test_there_and_back_directions_stay(tmp_path, target):
    package = write_panorama_package(tmp_path / "package", width=1024)
    export_tour(package, tmp_path / "tour", target)

    report = import_tour(tmp_path / "tour", tmp_path / "captures")

    assert report.widths == dict.fromkeys(NODES, 1024)
    site = read_site(tmp_path / "captures" / "site.yaml")
    assert site.order == list(NODES)
    assert site.links.add == [("san-truoc", "cong"), ("san-truoc", "gieng")]
    assert site.nodes["cong"].name == {"vi": "Điểm cong <b>&"}
    assert [spot.title["vi"] for spot in site.hotspots] == [f"Hiện vật {name}" for name in SPOTS]
    assert {spot.at.panorama for spot in site.hotspots} == {"san-truoc"}  # once, in the first
    assert site.hotspots[0].text == {"vi": "<script>alert(1)</script>"}  # plain text stays
    known = json.loads((tmp_path / "captures" / "reference" / "imported.json").read_text())
    for node in known["nodes"]:
        pixels, gpano = master_of(tmp_path / "captures", node["id"])
        heading = HEADINGS_DEG[node["id"]] % 360
        assert gpano["PoseHeadingDegrees"] == pytest.approx(heading, abs=1e-3)
        for spot, name in zip(node["hotspots"], SPOTS, strict=True):
            expected = angles(spot_in_node(name, node["id"]))
            assert (spot["yaw_deg"], spot["pitch_deg"]) == pytest.approx(expected, abs=1e-3)
            assert dot_direction(pixels, expected) == pytest.approx(expected, abs=0.35)


def dot_direction(pixels, near):
    """Yaw and pitch in degrees of the middle of the dot, found by its colour."""
    rays = rays_of_sphere(pixels.shape[1])
    is_dot = np.abs(pixels.astype(int) - (255, 0, 255)).sum(axis=2) < 90
    yaw, pitch = np.radians(near)
    ray = [np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)]
    return angles(rays[is_dot & (rays @ ray > 0.99)].mean(axis=0))


def test_equirectangular_scenes_keep_their_pixels(tmp_path):
    source = equirect_tour(tmp_path / "old")

    report = import_tour(source, tmp_path / "captures")

    assert (report.kind, report.links, report.hotspots) == ("pannellum", 1, 1)
    site = read_site(tmp_path / "captures" / "site.yaml")
    assert (site.id, site.credit, site.start) == ("den", "Nguyễn Văn A", "san")
    assert site.order == ["san", "cong"]
    assert site.nodes["cong"].name == {"vi": "Cổng chính"}
    (spot,) = site.hotspots
    assert spot.title == {"vi": "Bia đá"}
    assert spot.text == {"vi": "Dựng năm 1779\nhttps://example.org/bia"}
    assert (spot.at.yaw_deg, spot.at.pitch_deg) == (-160, 12.5)
    master, gpano = master_of(tmp_path / "captures", "cong")
    with Image.open(source / "img" / "a.jpg") as original:
        np.testing.assert_array_equal(master, original)
    assert gpano["PoseHeadingDegrees"] == 30
    other, _ = master_of(tmp_path / "captures", "san")
    assert np.abs(other - direction_sphere(400)).mean() < 3
    known = json.loads((tmp_path / "captures" / "reference" / "imported.json").read_text())
    assert known["nodes"][1]["links"] == [{"pitch_deg": -5.0, "to": "san", "yaw_deg": 10.0}]


def test_hotspots_of_the_same_words_are_merged_across_scenes_only(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    stele = {"text": "Bia đá"}
    spots = [stele | {"yaw": 10}, stele | {"yaw": 50}, {"yaw": 1}, {"yaw": 2}]
    change_scene(folder, "san", hotSpots=spots)
    change_scene(folder, "Cổng", hotSpots=[stele | {"yaw": -90}, {"yaw": 3}])

    report = import_tour(folder, tmp_path / "captures")

    site = read_site(tmp_path / "captures" / "site.yaml")
    found = [(spot.id, spot.at.panorama, spot.at.yaw_deg) for spot in site.hotspots]
    assert found == [
        ("bia-da", "san", 10), ("bia-da-2", "san", 50),  # the gate sees the first
        ("hotspot", "san", 1), ("hotspot-2", "san", 2), ("hotspot-3", "cong", 3),
    ]  # fmt: skip
    merged, untitled = report.warnings
    assert merged.startswith("6 hotspots became 5") and "(1 merged" in merged
    assert untitled == "3 hotspots without a title are called '?', name them"


def test_part_of_a_sphere_says_where_it_lies(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    Image.new("RGB", (300, 100)).save(folder / "img" / "part.jpg")
    change_scene(folder, "san", panorama="img/part.jpg", haov=180, vaov=60, vOffset=15)

    import_tour(folder, tmp_path / "captures")

    _, gpano = master_of(tmp_path / "captures", "san")
    # 300 px are 180 degrees: 600 x 300 in all. The part is from 45 degrees up to 15 down.
    assert gpano["FullPanoWidthPixels"] == 600
    assert gpano["CroppedAreaLeftPixels"] == 150
    assert gpano["CroppedAreaTopPixels"] == 75
    assert gpano["CroppedAreaImageHeightPixels"] == 100


def test_the_tour_knows_better_than_the_picture_s_gpano(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    own = gpano_packet(sphere_values(400, heading_deg=200))
    Image.new("RGB", (400, 100)).save(folder / "img" / "part.jpg", xmp=own)
    change_scene(
        folder, "san", panorama="img/part.jpg", northOffset=45, haov=180, vaov=45, vOffset=10
    )

    import_tour(folder, tmp_path / "captures")

    _, gpano = master_of(tmp_path / "captures", "san")
    # 400 px are 180 degrees: 800 x 400 in all. The top is at 10 + 22.5 degrees.
    assert gpano == sphere_values(800, area=(200, 128, 400, 100), heading_deg=45)


def test_what_the_tour_leaves_open_the_picture_s_gpano_says(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    own = sphere_values(800, area=(100, 50, 400, 100), heading_deg=200)
    own |= {"PosePitchDegrees": 2.5}
    picture = Image.new("RGB", (400, 100))
    picture.save(folder / "img" / "part.jpg", xmp=gpano_packet(own))
    for node, north in (("san", {}), ("Cổng", {"northOffset": 45})):
        change_scene(folder, node, panorama="img/part.jpg", **north)

    import_tour(folder, tmp_path / "captures")

    assert master_of(tmp_path / "captures", "san")[1] == own
    assert master_of(tmp_path / "captures", "cong")[1] == own | {"PoseHeadingDegrees": 45}


def test_inline_configuration_of_a_page(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    config = (folder / "tour.json").read_text()
    (folder / "tour.json").unlink()
    (folder / "index.html").write_text(
        f"<script>\npannellum.viewer('panorama', {config});\n</script>", encoding="utf-8"
    )

    assert import_tour(folder, tmp_path / "captures").links == 1


def test_page_with_script_instead_of_json_is_one_line(tmp_path):
    (tmp_path / "index.html").write_text("pannellum.viewer('p', {type: 'multires', f: alert(1)})")

    with pytest.raises(InputError, match=r"index\.html: no strict JSON"):
        import_tour(tmp_path, tmp_path / "captures")


def test_cubemap_scene(tmp_path):
    sphere = tmp_path / "old" / "x.jpg"
    write_sphere(sphere)
    colours = dict(zip("frblud", [(250, 0, 0), (0, 250, 0), (0, 0, 250)] * 2, strict=True))
    for face, colour in colours.items():
        Image.new("RGB", (64, 64), colour).save(tmp_path / "old" / f"{face}.png")
    config = {"type": "cubemap", "cubeMap": [f"{face}.png" for face in "frblud"]}
    write_json_file(tmp_path / "old" / "tour.json", config)

    import_tour(tmp_path / "old", tmp_path / "captures")

    seen, _ = master_of(tmp_path / "captures", "scene")
    height, width = seen.shape[:2]
    middle = seen[height // 2]
    assert np.abs(middle[width // 2] - colours["f"]).max() < 12
    assert np.abs(middle[3 * width // 4] - colours["r"]).max() < 12
    assert np.abs(middle[0] - colours["b"]).max() < 12
    assert np.abs(middle[width // 4] - colours["l"]).max() < 12
    assert np.abs(seen[0, 0] - colours["u"]).max() < 12
    assert np.abs(seen[-1, 0] - colours["d"]).max() < 12


def test_marzipano_tool_folder(tmp_path):
    report = import_tour(marzipano_tour(tmp_path / "old"), tmp_path / "captures")

    assert report.widths == {"0-hall": 800}
    (spot,) = read_site(tmp_path / "captures" / "site.yaml").hotspots
    assert spot.at.yaw_deg == pytest.approx(np.degrees(2 * np.pi - 3.5), abs=1e-3)
    assert spot.at.pitch_deg == pytest.approx(-28.6479, abs=1e-3)  # positive is down there


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"panorama": "https://example.org/a.jpg"}, "is an address"),
        ({"panorama": "//example.org/a.jpg"}, "is an address"),
        ({"panorama": "../../secret.jpg"}, "expected a relative path inside"),
        ({"panorama": "/etc/passwd"}, "not found"),
        ({"panorama": "..%2f..%2fsecret.jpg"}, "expected a relative path inside"),
        ({"panorama": "img/none.jpg"}, "not found"),
        ({"panorama": "tour.json"}, "found text, expected JPEG"),
        ({"type": "multires"}, "without its picture"),
        ({"vaov": 90}, r"400 x 200 px for 360 x 90 degrees, expected a height of 100 px"),
        ({"hotSpots": [{"sceneId": "gone"}]}, "links to 'gone', expected a scene"),
        ({"hotSpots": [{"yaw": "NaN"}]}, "yaw"),
        ({"hotSpots": [{"pitch": 91}]}, "pitch"),
        ({"haov": 5e-324}, "haov: Input should be greater than or equal to 1, found 5e-324"),
        ({"haov": 0.5}, "haov: "),
        ({"haov": 360.1}, "haov: "),
        ({"vaov": 5e-324}, "vaov: "),
        ({"vaov": 181}, "vaov: "),
        ({"haov": 1, "vaov": 1}, "expected a height of 400 px"),
        (
            {
                "type": "multires",
                "multiRes": {
                    "path": "%l/%s%y_%x", "tileResolution": 16, "maxLevel": 2,
                    "cubeResolution": 16384,
                },
            },
            "1024 tiles of 16 px across a face",
        ),
        (
            {
                "type": "multires",
                "multiRes": {
                    "path": "%l/%s%y_%x", "tileResolution": 512, "maxLevel": 2,
                    "cubeResolution": 1000,
                },
            },
            "'2/f0_0.jpg' not found",
        ),
    ],
)  # fmt: skip
def test_hostile_or_broken_scene_is_one_line(tmp_path, change, message):
    (tmp_path / "secret.jpg").write_bytes(b"x")
    folder = change_scene(equirect_tour(tmp_path / "in" / "old"), "san", **change)

    with pytest.raises(InputError, match=message) as caught:
        import_tour(folder, tmp_path / "captures")

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "captures").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alert(1)", "expected 'var APP_DATA"),
        ("/* no end", "expected 'var APP_DATA"),
        ("var APP_DATA = {scenes: []}", "no strict JSON"),
        ('var APP_DATA = {"scenes": []}; alert(1)', "more than the data"),
        ('var APP_DATA = {"scenes": []};', "no scenes"),
        ('var APP_DATA = {"scenes": [], "scenes": []};', "written twice"),
        ("var APP_DATA = " + "[" * 200_000, "no strict JSON"),
        ('var APP_DATA = {"scenes": [{"id": "a", "levels": []}]};', "levels"),
        ('var APP_DATA = {"scenes": NaN};', "expected a finite number"),
    ],
)
def test_data_js_is_read_and_never_run(tmp_path, text, message):
    folder = marzipano_tour(tmp_path / "old", text)

    with pytest.raises(InputError, match=message):
        import_tour(folder, tmp_path / "captures")


def test_missing_tile_is_one_line(tmp_path):
    folder = marzipano_tour(tmp_path / "old")
    (folder / "app-files/tiles/0-hall/1/l/0/0.jpg").unlink()

    with pytest.raises(InputError, match=r"'tiles/0-hall/1/l/0/0\.jpg' not found"):
        import_tour(folder, tmp_path / "captures")


def test_tile_of_another_size_is_one_line(tmp_path):
    folder = marzipano_tour(tmp_path / "old")
    Image.new("RGB", (200, 256)).save(folder / "app-files/tiles/0-hall/1/l/0/0.jpg")

    with pytest.raises(InputError, match="200 x 256 px, expected 256 x 256 px"):
        import_tour(folder, tmp_path / "captures")

    assert not (tmp_path / "captures").exists()


def test_link_out_of_the_folder_is_refused(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    write_sphere(tmp_path / "secret.jpg")
    (folder / "img" / "a.jpg").unlink()
    (folder / "img" / "a.jpg").symlink_to(tmp_path / "secret.jpg")

    with pytest.raises(InputError, match="leads outside"):
        import_tour(folder, tmp_path / "captures")


def test_two_scenes_of_one_slug_are_one_line(tmp_path):
    folder = equirect_tour(tmp_path / "old")
    config = json.loads((folder / "tour.json").read_text())
    config["scenes"]["cong"] = config["scenes"]["san"]
    write_json_file(folder / "tour.json", config)

    with pytest.raises(InputError, match="'Cổng' and 'cong' both become node 'cong'"):
        import_tour(folder, tmp_path / "captures")


def test_command_line(tmp_path):
    equirect_tour(tmp_path / "old")

    done = CliRunner().invoke(
        cli, ["import", str(tmp_path / "old"), "--out", str(tmp_path / "captures"), "--lang", "en"]
    )

    assert done.exit_code == 0, done.output
    assert "pannellum: 2 panoramas of 400 to 400 px, 1 links, 1 hotspots" in done.output
    assert read_site(tmp_path / "captures" / "site.yaml").name == {"en": "Đền"}


def test_no_tour_is_one_line(tmp_path):
    (tmp_path / "old").mkdir()

    done = CliRunner().invoke(cli, ["import", str(tmp_path / "old"), "--out", str(tmp_path / "c")])

    assert done.exit_code == 2
    assert "expected a tour" in done.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("source", "title", "text"),
    [
        ("Bia đá", "Bia đá", ""),
        ("<b>Bia</b> &amp; đá<br/>Dòng <i>hai</i>\u202e", "Bia & đá", "Dòng hai"),
        ("<script>alert(1)</script>Bia<style>p{}</style>", "Bia", ""),
        ("a < b", "a < b", ""),
    ],
)
def test_html_becomes_plain_text(source, title, text):
    assert title_and_text(source) == (title, text)


def test_plain_text_of_damaged_html():
    assert plain_text("<p>Một</i><div>Hai<br</b>") == "Một\nHai"


def test_xmp_is_replaced_and_pixels_stay(tmp_path):
    write_sphere(tmp_path / "a.jpg", xmp=b"<x>old</x>")
    data = (tmp_path / "a.jpg").read_bytes()

    changed = with_xmp(data, b"<x>new</x>", "a.jpg")

    (tmp_path / "b.jpg").write_bytes(changed)
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.info["xmp"] == b"<x>new</x>"
        with Image.open(tmp_path / "a.jpg") as before:
            np.testing.assert_array_equal(image, before)
    assert b"<x>old" not in changed


@needs_libraries
def test_same_tour_same_bytes(tmp_path):
    folder = marzipano_tour(tmp_path / "old")
    import_tour(folder, tmp_path / "one")
    shutil.copytree(folder, tmp_path / "copy")
    import_tour(tmp_path / "copy", tmp_path / "two")

    for name in ("site.yaml", "panoramas/0-hall.jpg", "reference/imported.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
