"""What ``vtour panorama stitch`` says of the sphere it made."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from PIL import Image

from vtour.cli import panorama_stitch
from vtour.cli.main import cli
from vtour.panorama.stitch import Stitched

DONE = Stitched(
    width_px=2048, height_px=1024, full_width_px=2048, gpano={}, photos_used=["a.jpg", "b.jpg"],
    residual_px=None, residual_deg=None, focal_px=700.0, horizon_edges=0, horizon_moved_deg=0.0,
    covered=1.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (DONE, "horizon: by level cameras\n"),
        (replace(DONE, horizon_edges=12), "horizon: by level cameras and 12 upright edges\n"),
        (replace(DONE, is_level=False), "horizon: as the camera was held, not levelled\n"),
    ],
)
def test_the_horizon_is_said_to_rest_on_what_it_rests_on(tmp_path, monkeypatch, done, said):
    for name in ("front.jpg", "back.jpg"):
        Image.new("RGB", (640, 640)).save(tmp_path / name)
    monkeypatch.setattr(panorama_stitch, "stitch_node", lambda *_: done)

    result = CliRunner().invoke(
        cli, ["panorama", "stitch", str(tmp_path), "--out", str(tmp_path / "out.jpg")]
    )

    assert result.exit_code == 0, result.output
    assert said in result.output


def test_no_file_is_written_over(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (640, 640)).save(tmp_path / name)
    before = (tmp_path / "a.jpg").read_bytes()

    result = CliRunner().invoke(
        cli, ["panorama", "stitch", str(tmp_path), "--out", str(tmp_path / "a.jpg")]
    )

    assert result.exit_code == 2
    assert "a.jpg: exists, expected a new name" in result.output
    assert (tmp_path / "a.jpg").read_bytes() == before
