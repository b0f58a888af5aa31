"""The review on the command line: list, add, remove, sign, and what breaks a signature."""

import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vtour.cli.main import cli
from vtour.privacy_file import read_privacy
from vtour.workfolder import open_work


@pytest.fixture
def site(tmp_path):
    """Captures of one photo with a face, and the work folder that the command may use."""
    from skimage.data import astronaut

    photo = tmp_path / "captures" / "photos" / "a.jpg"
    photo.parent.mkdir(parents=True)
    Image.fromarray(astronaut()[:320]).resize((320, 200)).save(photo, quality=95)
    return open_work(tmp_path / "work", tmp_path / "captures")


def run(work, *arguments):
    told = ["--captures", str(work.captures)] if not work.state.exists() else []
    words = ["panorama", "blur", str(work.root), *told, "--progress", "none", *map(str, arguments)]
    return CliRunner().invoke(cli, words)


def test_from_the_list_to_the_signature(site):
    result = run(site, "--sign", "Lan")
    assert result.exit_code == 2 and "the contact sheet is new, look at" in result.stderr

    result = run(site, "--review")
    assert result.exit_code == 0
    ids = re.findall(r"^(p[0-9a-f]{10})  proposed .* px +photos/a\.jpg$", result.stdout, re.M)
    assert ids and f"{len(ids)} places proposed in 1 images, 0 removed" in result.stdout
    assert str(site.contact_sheet) in result.stdout and "blur review not signed" in result.stdout
    assert not (site.captures / "privacy.yaml").exists()

    result = run(site, "--add", "photos/a.jpg", 10, 20, 30, 40, "--remove", ids[-1], "--review")
    assert result.exit_code == 0, result.output
    assert f"1 removed, {len(ids)} blurred" in result.stdout
    assert f"{ids[-1]}  removed" in result.stdout
    assert re.search(r"^a[0-9a-f]{10}  added .*10, 20, 30 x 40 px", result.stdout, re.M)

    result = run(site, "--sign", "Nguyễn Thị Lan")
    assert result.exit_code == 0 and "Signed by Nguyễn Thị Lan on 20" in result.stdout
    privacy = read_privacy(site.captures / "privacy.yaml")
    assert privacy.review.by == "Nguyễn Thị Lan" and privacy.remove == [ids[-1]]
    assert "Signed by" in run(site).stdout

    result = run(site, "--add", "photos/a.jpg", 100, 20, 30, 40)
    assert "does not hold any more" in result.stdout


def test_a_photo_that_came_later_is_not_signed_unseen(site):
    run(site, "--review")
    Image.fromarray(np.full((300, 400, 3), 90, np.uint8)).save(site.captures / "photos/b.jpg")
    result = run(site, "--sign", "Lan")
    assert result.exit_code == 2 and "the contact sheet has changed" in result.stderr
    assert not (site.captures / "privacy.yaml").exists()
    assert run(site, "--sign", "Lan").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--remove", "p0000000000"), "--remove p0000000000: no proposal has this id"),
        (("--add", "photos/z.jpg", 1, 1, 5, 5), "file 'photos/z.jpg' not found among"),
        (("--add", "photos/a.jpg", 900, 1, 5, 5), "box 900, 1, 5 x 5 px, expected one inside"),
        (("--add", "photos/a.jpg", 1, 1, 0, 5), "expected a box with"),
        (("--add", "photos/a.jpg", "nan", 1, 5, 5), "expected a box with"),
        (("--sign", "  "), "--sign: found no name"),
        (
            ("--sign", "Lan", "--add", "photos/a.jpg", 1, 1, 5, 5),
            "--sign with --add or --remove: what they change is on no sheet yet",
        ),
        (("--sign", "Lan", "--remove", "p0000000000"), "--sign with --add or --remove"),
    ],
)
def test_what_does_not_fit_is_one_line_and_changes_nothing(site, arguments, said):
    result = run(site, *arguments)
    assert result.exit_code == 2 and said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (site.captures / "privacy.yaml").exists()


def test_a_privacy_file_that_is_not_valid_is_one_line(site):
    (site.captures / "privacy.yaml").write_text("add:\n- {file: photos/a.jpg, x_px: left}\n")
    result = run(site)
    assert result.exit_code == 2
    assert "privacy.yaml:2:" in result.stderr and len(result.stderr.strip().splitlines()) == 1
