"""Control points against a ring of photos whose place in ENU is known."""

import json

import numpy as np
import pyproj
import pytest

from tests.world.solved_photos import ANCHOR, SCALE, name_of, pixel_of, ring_centres, write_work
from vtour.control_files import Height, Role, read_control, read_marks
from vtour.errors import InputError
from vtour.frames import enu_from_geodetic, geodetic_from_enu, matrix_from_columns, world_from_enu
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.workspace import Workspace
from vtour.world.model import SparseModel
from vtour.world.solve import WorldOptions, solve_world

CENTRES = ring_centres(8)
POINTS = {
    "A": (-2.0, -1.5, 0.0),
    "B": (2.0, -1.0, 0.3),
    "C": (1.0, 2.0, 1.5),
    "D": (-1.5, 1.0, 0.6),
    "E": (0.5, 0.2, 2.0),
}
SITE = "id: ring\nanchor: {lat: 21.85, lon: 106.75, height_m: 260.0}\n"


def control_text(points=POINTS, first="# crs: enu", check=("E",), sigma=0.005):
    lines = [first, "label,x,y,z,role,sigma_m"]
    for label, (x, y, z) in points.items():
        role = "check" if label in check else "control"
        lines.append(f"{label},{x!r},{y!r},{z!r},{role},{sigma}")
    return "\n".join(lines) + "\n"


def marks_text(points=POINTS, photos=range(1, 9), wrong=()):
    """Exact marks; those of ``wrong`` (label, photo) are 60 px off."""
    lines = ["label,file,x_px,y_px"]
    for label, point in points.items():
        for number in photos:
            x, y = pixel_of(CENTRES[number - 1], point)
            x += 60 * ((label, number) in wrong)
            lines.append(f"{label},{name_of(number)},{x:.4f},{y:.4f}")
    return "\n".join(lines) + "\n"


def solve(tmp_path, control=None, marks=None, site=SITE, fixes=None, **options):
    texts = {"control.csv": control or control_text(), "marks.csv": marks or marks_text()}
    if site:
        texts["site.yaml"] = site
    work = write_work(tmp_path, CENTRES, fixes, texts)
    out = Workspace(tmp_path / "out", work.captures)
    report = solve_world(work, out, WorldOptions(**options))
    return json.loads(out.world.read_text()), report, out


def centres_in_world(out):
    return SparseModel.read(out.sparse).centres_in_sfm


def test_local_coordinates_put_the_photos_where_they_stood(tmp_path):
    world, report, out = solve(tmp_path)

    assert (world["scale"], world["scale_source"]) == ("metric", "control")
    assert (world["north"], world["up"]) == ("true", "measured")
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-5)
    matrix = matrix_from_columns(world["world_from_sfm"])
    assert np.linalg.det(matrix[:3, :3]) ** (1 / 3) == pytest.approx(SCALE, rel=1e-6)
    assert report.measures["control_residual"].n == 4
    assert report.measures["check_residual"].value < 1e-5
    assert world["anchor"]["height_m"] == 260.0
    used = world_from_enu(np.array([POINTS[label] for label in "ABCD"]))
    np.testing.assert_allclose(world["control_points"], used, atol=1e-3)
    assert report.warnings == []


def test_local_coordinates_without_an_anchor_keep_their_origin(tmp_path):
    world, _, out = solve(tmp_path, site=None)
    assert "anchor" not in world
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-5)


def test_a_check_point_is_held_out(tmp_path):
    points = {**POINTS, "E": (0.5, 0.2, 2.3)}  # 0.3 m off in the file, marked where it is
    _, report, _ = solve(tmp_path, control_text(points))
    assert report.measures["check_residual"].value == pytest.approx(0.3, abs=1e-4)
    assert report.measures["control_residual"].value < 1e-5


@pytest.mark.parametrize("label", ["A", "C"])
def test_a_typo_of_100_m_is_named_and_left_out(tmp_path, label):
    x, y, z = POINTS[label]
    world, report, out = solve(tmp_path, control_text({**POINTS, label: (x + 100.0, y, z)}))

    assert len(world["control_points"]) == 3
    assert report.measures["control_residual"].n == 3
    assert [text for text in report.warnings if text.startswith(f"{label}: 100.00 m")]
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-4)


def test_one_wrong_mark_is_named_and_left_out(tmp_path):
    _, report, out = solve(tmp_path, marks=marks_text(wrong={("B", 3)}))
    assert report.warnings == ["B: wrong mark in photos/03.jpg, left out"]
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-4)


def test_points_on_a_line_fall_back(tmp_path):
    points = {"A": (-2.0, 0.0, 0.0), "B": (0.0, 0.0, 0.0), "C": (1.0, 0.0, 0.0)}
    world, report, _ = solve(tmp_path, control_text(points, check=()), marks_text(points))
    assert world["scale_source"] == "none"
    assert report.warnings == ["control.csv: the control points lie on one line: not used"]


def test_swapped_axes_are_recognised(tmp_path):
    points = {label: (y, x, z) for label, (x, y, z) in POINTS.items()}
    world, report, _ = solve(tmp_path, control_text(points, check=()))
    assert world["scale_source"] == "none"
    assert "x and y swapped?" in report.warnings[0]


def test_two_marks_are_said_to_be_few_and_one_is_not_enough(tmp_path):
    marks = marks_text(photos=[1, 3]) + marks_text({"F": (0, 0, 0)}, [1]).partition("\n")[2]
    control = control_text({**POINTS, "F": (0.0, 0.0, 0.0)})
    _, report, _ = solve(tmp_path, control, marks)
    assert "A: 2 marks only, expected 3 or more: less certain" in report.warnings
    assert "F: marked in 1 solved photos, expected 3 or more: left out" in report.warnings


def test_control_can_be_switched_off(tmp_path):
    world, _, _ = solve(tmp_path, use_control=False)
    assert world["scale_source"] == "none"


@pytest.mark.parametrize("code", [9215, 3405])
def test_vn_2000_is_no_wgs_84(tmp_path, code):
    """Coordinates of the 3D transformation EPSG:6960, heights above the ellipsoid of VN-2000."""
    geodetic = [geodetic_from_enu(point, ANCHOR) for point in POINTS.values()]
    crs = pyproj.CRS(f"EPSG:{code}").to_3d()
    vn2000 = pyproj.Transformer.from_crs("EPSG:4979", crs, always_xy=True)
    given = [vn2000.transform(lon, lat, height) for lat, lon, height in geodetic]
    first = f"# crs: EPSG:{code}, height: ellipsoidal"
    text = control_text(dict(zip(POINTS, given, strict=True)), first)

    world, _, out = solve(tmp_path, text)

    assert world["scale_source"] == "control"
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=2e-3)
    as_wgs84 = pyproj.Transformer.from_crs("EPSG:32648", "EPSG:4326", always_xy=True)
    if code == 3405:
        lon, lat = as_wgs84.transform(*given[0][:2])
        assert np.hypot(*enu_from_geodetic(lat, lon, 260.0, ANCHOR)[:2]) > 150


def test_heights_above_sea_level_are_said_to_be(tmp_path):
    place = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:9215", always_xy=True)
    given = {}
    for label, (x, y, z) in POINTS.items():
        lat, lon, _ = geodetic_from_enu((x, y, z), ANCHOR)
        given[label] = (*place.transform(lon, lat), z + 288.0)
    text = control_text(given, "# crs: EPSG:9215, height: orthometric")

    world, report, out = solve(tmp_path, text)

    assert "orthometric" in world["anchor"]["datum"]
    assert world["anchor"]["height_m"] == pytest.approx(288.0, abs=0.5)  # not 260: another kind
    assert any("without a geoid" in text for text in report.warnings)
    assert any(text.startswith("site.yaml: its anchor's height") for text in report.warnings)
    off = centres_in_world(out) - world_from_enu(CENTRES)
    assert off[:, [0, 2]] == pytest.approx(0, abs=0.01)
    assert np.ptp(off[:, 1]) < 0.01


def test_a_wrong_crs_is_told_by_the_positions_in_the_photos(tmp_path):
    fixes = {n: geodetic_from_enu(c, (21.852, 106.75, 260)) for n, c in enumerate(CENTRES, 1)}
    _, report, _ = solve(tmp_path, fixes=fixes)  # 0.002 degrees: 222 m north
    assert "puts the photos 221 m from their GPS positions" in report.warnings[0]


def test_swapped_easting_and_northing_are_told(tmp_path):
    given = {label: (2417000.0 + x, 448000.0 + y, z) for label, (x, y, z) in POINTS.items()}
    with pytest.raises(InputError, match="x and y look swapped"):
        solve(tmp_path, control_text(given, "# crs: EPSG:9215, height: orthometric"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,x,y,z,role\nA,1,2,3,control\n", "no crs"),
        ("# crs: VN-2000\nlabel,x,y,z,role\n", "crs 'VN-2000'"),
        ("# crs: EPSG:9215\nlabel,x,y,z,role\n", "no height in the line of the crs"),
        ("# crs: EPSG:99999\nlabel,x,y,z,role\n", "EPSG:99999 is not a known coordinate system"),
        ("# crs: enu\nlabel,x,y,role\n", "line 2: no column z"),
        ("# crs: enu\nlabel,x,y,z,role\nA,1,2,3\n", "line 3: 4 values, expected 5"),
        ("# crs: enu\nlabel,x,y,z,role\nA,1,2,3m,control\n", "line 3: z '3m', expected a number"),
        ("# crs: enu\nlabel,x,y,z,role\nA,1,nan,3,control\n", "line 3: y 'nan'"),
        ("# crs: enu\nlabel,x,y,z,role\nA,1,2,3,gcp\n", "line 3: role 'gcp'"),
        (
            "# crs: enu\nlabel,x,y,z,role\nA,1,2,3,check\n\nA,1,2,3,check\n",
            "line 5: label 'A' again",
        ),
        ("# crs: enu\nlabel,x,y,z,role,sigma_m\nA,1,2,3,check,0\n", "line 3: sigma_m 0"),
        ("# crs: enu\n", "empty"),
        ("# crs: enu\nlabel;x;y;z;role\n", "line 2: columns separated by ';', expected ','"),
        ("# crs: enu\nlabel,x,y,z,role\nA,1,5,2,5,3,5,check\n", "write decimals with a point"),
        ('# crs: enu\nlabel,x,y,z,role\nA,"1,5",2,3,check\n', "a number with a decimal point"),
        (
            f"# crs: enu\nlabel,x,y,z,role\n{'A' * 140_000},1,2,3,check\n",
            "line 3: field larger than field limit",
        ),
        ("# crs: enu\n" + "#" * (16 << 20), "larger than 16,777,216 bytes"),
    ],
)
def test_a_bad_control_file_is_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "control.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_control(path)
    assert "\n" not in str(error.value)


def test_many_points_are_read_in_a_moment(tmp_path):
    path = tmp_path / "control.csv"
    lines = [f"P{number},1,2,3,check" for number in range(100_000)]
    path.write_text("\n".join(["# crs: enu", "label,x,y,z,role", *lines]))
    assert len(read_control(path).points) == 100_000


@pytest.mark.parametrize("name", ["control.csv", "marks.csv"])
def test_a_table_that_the_inventory_does_not_use_is_said_and_left_out(tmp_path, name):
    texts = {"control.csv": control_text(), "marks.csv": marks_text()}
    work = write_work(tmp_path, CENTRES, None, texts)
    for file in work.files.files:
        if file.path == name:
            file.status, file.reason = FileStatus.unusable, "an empty file"
            (work.captures / name).write_text("")
    work.inventory.write_text(work.files.model_dump_json())
    work = Workspace(work.root, work.captures)
    report = solve_world(work, Workspace(tmp_path / "out", work.captures), WorldOptions())

    assert f"{name}: an empty file: not used" in report.warnings


def test_control_is_read(tmp_path):
    path = tmp_path / "control.csv"
    path.write_bytes(
        "\ufeff# crs: EPSG:9215, height: Orthometric\r\nlabel,x,y,z,role,sigma_m\r\n"
        "M1, 448124.4, 2417143.8, 288.1, check, \r\n".encode()
    )
    control = read_control(path)
    assert (control.crs, control.height) == ("EPSG:9215", Height.orthometric)
    [point] = control.points
    assert point.xyz == (448124.4, 2417143.8, 288.1)
    assert (point.role, point.sigma_m) == (Role.check, 0.02)


def photo(path):
    return CaptureFile(
        path=path,
        kind=FileKind.photo,
        status=FileStatus.used,
        bytes=1,
        sha256="",
        width_px=800,
        height_px=600,
    )


def test_marks_name_photos_as_they_are_called(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("label,file,x_px,y_px\nA,photos/back\\slash.jpg,10.5,20.5\n")
    [mark] = read_marks(path, [photo("photos/back\\slash.jpg")])
    assert mark.photo == "photos/back\\slash.jpg"


@pytest.mark.parametrize("given", ["photos/a.jpg", "a.jpg", "./photos/a.jpg"])
def test_marks_name_photos_from_either_folder(tmp_path, given):
    path = tmp_path / "marks.csv"
    path.write_text(f"label,file,x_px,y_px\nA,{given},10.5,20.5\n")
    [mark] = read_marks(path, [photo("photos/a.jpg")])
    assert (mark.photo, mark.x_px, mark.y_px) == ("photos/a.jpg", 10.5, 20.5)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,b.jpg,1,2", "line 2: photo 'b.jpg' not found"),
        ("A,a.jpg,801,2", "line 2: pixel 801, 2, expected one inside of 800 x 600 px"),
        ("A,a.jpg,1,2\nA,photos/a.jpg,1,2", "line 3: A in photos/a.jpg again"),
    ],
)
def test_a_bad_marks_file_is_told_in_one_line(tmp_path, row, message):
    path = tmp_path / "marks.csv"
    path.write_text(f"label,file,x_px,y_px\n{row}\n")
    with pytest.raises(InputError, match=message):
        read_marks(path, [photo("photos/a.jpg")])


def test_the_first_line_may_be_quoted_by_a_spreadsheet(tmp_path):
    path = tmp_path / "control.csv"
    path.write_text(
        '"# crs: EPSG:9215, height: orthometric",,,,\nlabel,x,y,z,role\nA,1,2,3,check\n'
    )
    assert read_control(path).crs == "EPSG:9215"


def gcp_text(crs=32648, height="ellipsoidal", photos=range(1, 9), shift=(0.0, 0.0)):
    """The same points as ODM writes them; pixel centres at whole numbers."""
    to_crs = pyproj.Transformer.from_crs(
        "EPSG:4979", pyproj.CRS(f"EPSG:{crs}").to_3d(), always_xy=True
    )
    lines = [f"EPSG:{crs}", f"# height: {height}"] if height else [f"EPSG:{crs}"]
    for label, point in POINTS.items():
        lat, lon, up = geodetic_from_enu(point, ANCHOR)
        x, y, z = to_crs.transform(lon, lat, up)
        name = f"check-{label}" if label == "E" else label
        for number in photos:
            u, v = pixel_of(CENTRES[number - 1], point)
            lines.append(
                f"{x + shift[0]:.4f}\t{y + shift[1]:.4f}\t{z:.4f}\t{u - 0.5:.4f}\t{v - 0.5:.4f}"
                f"\t{number:02d}.jpg\t{name}"
            )
    return "\n".join(lines) + "\n"


def solve_texts(tmp_path, texts, fixes=None):
    work = write_work(tmp_path, CENTRES, fixes, texts)
    out = Workspace(tmp_path / "out", work.captures)
    report = solve_world(work, out, WorldOptions())
    return json.loads(out.world.read_text()), report, out


def test_a_list_of_odm_puts_the_photos_where_they_stood(tmp_path):
    world, report, out = solve_texts(tmp_path, {"gcp_list.txt": gcp_text(), "site.yaml": SITE})
    assert world["scale_source"] == "control"
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-3)
    assert report.measures["control_residual"].n == 4
    assert report.details["control"]["check-E"]["role"] == "check"
    assert report.warnings == []


def test_heights_that_a_list_does_not_explain_are_said_to_be(tmp_path):
    world, report, _ = solve_texts(
        tmp_path, {"gcp_list.txt": gcp_text(height=None), "site.yaml": SITE}
    )
    assert "does not tell what it counts from" in world["anchor"]["datum"]
    assert any("does not tell what its heights count from" in text for text in report.warnings)


def test_control_csv_goes_before_a_list_of_odm(tmp_path):
    texts = {
        "gcp_list.txt": gcp_text(shift=(500.0, 0.0)),
        "control.csv": control_text(),
        "marks.csv": marks_text(),
        "site.yaml": SITE,
    }
    _, report, out = solve_texts(tmp_path, texts)
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-4)
    assert report.warnings == []


def test_an_anchor_at_another_place_is_told_and_not_used(tmp_path):
    far = SITE.replace("21.85", "12.85")
    world, report, _ = solve_texts(tmp_path, {"gcp_list.txt": gcp_text(), "site.yaml": far})
    assert world["anchor"]["lat"] == pytest.approx(21.85, abs=1e-3)
    told = "site.yaml: its anchor is 1,001 km from the points of gcp_list.txt: not used"
    assert told in report.warnings


def test_marks_in_photos_that_were_not_solved_are_told(tmp_path):
    work = write_work(tmp_path, CENTRES, None, {
        "control.csv": control_text(), "marks.csv": marks_text(), "site.yaml": SITE,
    })  # fmt: skip
    model = SparseModel.read(work.sfm).reconstruction
    model.deregister_frame(model.find_image_with_name(name_of(2)).frame_id)
    model.write_binary(work.sfm)
    report = solve_world(work, Workspace(tmp_path / "out", work.captures))
    told = "marks in photos/02.jpg left out: their cameras were not solved"
    assert report.warnings == [told]


def test_points_in_one_photo_each_are_named(tmp_path):
    texts = {"control.csv": control_text(), "marks.csv": marks_text(photos=[1]), "site.yaml": SITE}
    world, report, _ = solve_texts(tmp_path, texts)
    assert world["scale"] == "unknown"
    assert "A: marked in 1 solved photos, expected 3 or more: left out" in report.warnings
    told = "control.csv: 0 control points can be used, expected 3 or more: not used"
    assert told in report.warnings


def test_a_typo_of_100_m_in_height_is_named_and_left_out(tmp_path):
    x, y, z = POINTS["B"]
    _, report, out = solve(tmp_path, control_text({**POINTS, "B": (x, y, z + 100.0)}))
    assert [text for text in report.warnings if text.startswith("B: 100.00 m")]
    assert not report.details["control"]["B"]["used"]
    assert centres_in_world(out) == pytest.approx(world_from_enu(CENTRES), abs=1e-4)
