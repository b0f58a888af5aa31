import cloud_files as make
import numpy as np
import pytest
from click.testing import CliRunner

from vtour.cli.info_readers import info_of
from vtour.cli.main import cli

TURN = ((np.sqrt(0.5), 0, 0, np.sqrt(0.5)), (1, 2, 3))
PCD = """VERSION 0.7
FIELDS x y z
SIZE 4 4 4
TYPE F F F
COUNT 1 1 1
WIDTH 1
HEIGHT 1
POINTS 1
DATA ascii
1 2 3
"""


def test_poses_fields_and_pictures_of_an_e57(tmp_path):
    writer = make.E57Writer(tmp_path / "a.e57")
    writer.scan(make.cartesian(make.some_points(5)), name="Sân", pose=TURN)
    facts = info_of(writer.scan(make.cartesian(make.some_points(3))).close())
    first, second = facts["scans"]
    assert (facts["points"], first["name"], second["name"]) == (8, "Sân", "scan 1")
    assert first["translation_xyz"] == [1, 2, 3] and second["pose"] == "none"
    assert first["rotation_wxyz"] == pytest.approx(TURN[0])
    assert first["fields"] == ["cartesianX", "cartesianY", "cartesianZ"]
    assert facts["crs"] == "none: metres, as the format says"


def test_every_scan_of_a_ptx(tmp_path):
    rows = ["1 0 0 0.5"] * 4
    path = make.write_ptx(tmp_path / "a.ptx", [(2, 2, np.eye(4), rows)] * 2)
    facts = info_of(path)
    assert (facts["kind"], facts["points"], len(facts["scans"])) == ("PTX scans", 8, 2)


@pytest.mark.parametrize(
    ("name", "words", "kind", "points"),
    [
        ("a.pcd", "# .PCD v0.7\n" + PCD, "PCD point cloud", 1),
        ("b.pcd", PCD, "PCD point cloud", 1),
        ("a.xyz", "1 2 3\n4 5 6\n", "text point cloud", 2),
        ("a.pts", "2\n1 2 3 0 1 2 3\n4 5 6 0 1 2 3\n", "text point cloud", 2),
        ("a.txt", "1 2 3\n" * 100, "text point cloud", 100),
        ("a.csv", "x,y,z\n" + "1,2,3\n" * 100, "text point cloud", 100),
        ("empty.xyz", "0\n", "text point cloud", 0),
    ],
)
def test_clouds_of_text(tmp_path, name, words, kind, points):
    (tmp_path / name).write_text(words)
    facts = info_of(tmp_path / name)
    assert (facts["kind"], facts["points"]) == (kind, points)


def test_feet_are_told(tmp_path):
    place = np.array([6_500_000.0, 2_000_000, 300])
    path = make.write_las(tmp_path / "a.las", place + make.some_points(3), crs="EPSG:2225+6360")
    facts = info_of(path)
    assert facts["units"] == ["US survey foot (0.3048006096 m), become metres"]
    assert facts["heights"].startswith("orthometric (NAVD88")
    assert any("becomes metres" in text for text in facts["warnings"])


def test_degrees_are_told(tmp_path):
    path = make.write_las(tmp_path / "a.las", np.array([[106.7, 21.8, 260]]), crs=4326)
    assert "latitude and longitude, to be projected" in info_of(path)["units"][0]


def test_legal_but_empty_files_are_no_error(tmp_path):
    path = make.E57Writer(tmp_path / "a.e57").close()
    result = CliRunner().invoke(cli, ["info", str(path)])
    assert result.exit_code == 0 and "points    0\n" in result.output
    ply = make.write_ply(tmp_path / "a.ply", make.xyz_columns(np.zeros((0, 3))))
    assert info_of(ply)["points"] == 0
