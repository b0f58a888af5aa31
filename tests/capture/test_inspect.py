import json

import pytest
from click.testing import CliRunner
from sample_photos import gpano_xmp, write_photo, write_sphere, write_truncated

from vtour.cli.inventory_text import printable, size_text
from vtour.cli.main import cli


@pytest.fixture
def captures(tmp_path):
    root = tmp_path / "Đền Mẫu"
    for index in range(3):
        write_photo(root / "photos" / f"{index}.jpg", seed=index, focal_35_mm=28)
    write_truncated(root / "photos" / "bad [bold].jpg")
    (root / "scans").mkdir()
    (root / "scans" / "s.e57").write_bytes(b"ASTM-E57")
    (root / "notes.txt").write_text("x")
    return root


def run(*arguments):
    result = CliRunner().invoke(cli, ["inspect", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_summary_comes_first_and_reasons_follow(captures):
    code, text = run(captures)
    assert code == 0
    lines = text.splitlines()
    assert lines[0].startswith("den-mau: 6 files, ")
    assert lines[1] == "standard layout"
    assert "  photo         3 used, 1 unusable" in lines
    assert "  scan          1 unusable" in lines
    assert any(line.startswith("  photos/bad [bold].jpg: damaged or truncated") for line in lines)
    assert "  scans/s.e57: damaged E57 file, expected a header of 48 bytes" in lines
    assert any(line.startswith("  notes.txt: lies outside") for line in lines)


def test_json_is_the_inventory_with_measures(captures):
    code, text = run(captures, "--json")
    value = json.loads(text)
    assert code == 0
    assert value["site_id"] == "den-mau"
    assert value["measures"]["photos_usable"] == 3
    assert len(value["files"]) == 6


def test_seal_then_verify_then_tamper(captures):
    assert run(captures, "--seal")[0] == 0
    code, text = run(captures, "--verify")
    assert (code, text) == (0, "6 files are as they were sealed\n")
    (captures / "photos" / "0.jpg").write_bytes(b"other")
    (captures / "notes.txt").unlink()
    code, text = run(captures, "--verify")
    assert code == 1
    assert text.splitlines() == [
        "changed  photos/0.jpg",
        "missing  notes.txt",
        "1 changed, 1 missing, 0 extra, of 6 sealed",
    ]
    code, text = run(captures, "--verify", "--json")
    assert (code, json.loads(text)["missing"]) == (1, ["notes.txt"])


def test_bad_input_is_one_line_and_status_2(tmp_path, captures):
    (tmp_path / "empty").mkdir()
    for arguments, message in (
        ([tmp_path / "none"], "not found, expected a folder of captures"),
        ([captures / "notes.txt"], "found a file, expected a folder of captures"),
        ([tmp_path / "empty"], "no captures among 0 files"),
        ([captures, "--verify"], "expected a manifest"),
    ):
        code, text = run(*arguments)
        assert code == 2
        assert text.splitlines()[-1].startswith("Error: ")
        assert message in text
    assert run(captures, "--seal", "--verify")[0] == 2


def test_a_folder_of_what_comes_later_is_listed(tmp_path):
    (tmp_path / "scan.e57").write_bytes(b"ASTM-E57")
    code, text = run(tmp_path)
    assert code == 0
    assert "taken as scans" in text
    assert "No photo, panorama, scan or model that a build can use" in text


def test_panoramas_are_summed_up(tmp_path):
    write_sphere(tmp_path / "panoramas" / "a.jpg")
    heading = gpano_xmp(ProjectionType="equirectangular", PoseHeadingDegrees="12")
    write_sphere(tmp_path / "panoramas" / "b.jpg", xmp=heading)
    for name in ("1.jpg", "2.jpg"):
        write_photo(tmp_path / "panoramas" / "gate" / name, seed=int(name[0]))
    code, text = run(tmp_path)
    assert code == 0
    assert "Panoramas 2 x 512 x 256 px" in text
    assert "GPS       0 of 2 panoramas" in text
    assert "Heading   1 of 2 panoramas" in text
    assert "To stitch panoramas/gate: 2 photos" in text
    assert "No photo" not in text


def test_names_cannot_steer_the_terminal():
    assert printable("a\x1b[2Jb\nđ") == "a\\x1b[2Jb\\nđ"


def test_sizes():
    assert [size_text(n) for n in (5, 1500, 2_340_000, 7 * 10**9)] == [
        "5 B", "1.5 kB", "2.3 MB", "7.0 GB",
    ]  # fmt: skip
