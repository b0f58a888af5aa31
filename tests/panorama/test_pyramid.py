import base64
import io

import numpy as np
import pytest
from panorama_works import colours_of, panorama_work, pixel_rays, place
from PIL import Image

from vtour.errors import InputError, OptionError
from vtour.files import tree_digest, write_json
from vtour.panorama import pyramid
from vtour.panorama.master import MASTER_DEFAULTS, level_panoramas
from vtour.panorama.pyramid import PyramidOptions, cut_panoramas, level_widths
from vtour.schema.masters import Master, Masters, Pyramids
from vtour.workspace import Workspace


@pytest.mark.parametrize(
    ("native", "finest"),
    [
        (500, 2048),  # always one level
        (2048, 2048),
        (2275, 2048),  # 2048 >= 0.9 x 2275
        (2276, 2048),  # 4096 would enlarge by 1.8
        (3277, 4096),  # by 1.25
        (3276, 2048),
        (4096, 4096),
        (6000, 4096),  # 8192 enlarges by 1.37
        (7680, 8192),  # by 1.07
        (11000, 8192),
        (15000, 16384),
        (32768, 16384),  # the widest allowed
    ],
)
def test_the_finest_level(native, finest):
    assert level_widths(native, 16384)[-1] == finest


def test_levels_double_from_2048():
    assert level_widths(32768, 32768) == [2048, 4096, 8192, 16384, 32768]
    assert level_widths(6000, 16384, keep_detail=True) == [2048, 4096, 8192]


@pytest.mark.parametrize("formats", ["", "png", "webp,webp", "webp, jpg"])
def test_formats_that_there_are_not(formats):
    with pytest.raises(OptionError, match="expected one or more of webp, avif, jpg"):
        PyramidOptions(formats=formats)


def masters_work(root, width=4096, native=None, node="a"):
    """A work folder with one master that shows its own directions."""
    work = Workspace(root / "work")
    work.masters.mkdir(parents=True)
    Image.fromarray(colours_of(pixel_rays(width))).save(work.masters / f"{node}.jpg", quality=95)
    master = Master(
        id=node, source="panoramas/a.jpg", width=width, height=width // 2,
        native_width=native or width, rotation=[0, 0, 0, 1], levelled=True, tilt_deg=0,
        captured=1, blurred=False,
    )  # fmt: skip
    write_json(work.masters / "masters.json", Masters(masters=[master]).to_json())
    return work


def cut(work, **options):
    report = cut_panoramas(work, work, PyramidOptions(**options))
    found = Pyramids.model_validate_json((work.tiles / "tiles.json").read_text())
    return report, found.panoramas


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(float)


def test_tiles_show_their_part_of_the_sphere(tmp_path):
    work = masters_work(tmp_path)
    report, panoramas = cut(work)
    panorama = panoramas["a"]
    assert [(g.width, g.cols, g.rows) for g in panorama.levels] == [(2048, 4, 2), (4096, 8, 4)]
    for level, grid in enumerate(panorama.levels):
        whole = (pixel_rays(grid.width // 8) + 1) * 127.5  # in blocks of 8 x 8 px
        for col in range(grid.cols):
            for row in range(grid.rows):
                tile = pixels(work.tiles / "a" / str(level) / f"{col}_{row}.webp")
                part = whole[row * 64 : row * 64 + 64, col * 64 : col * 64 + 64]
                assert tile.shape == (512, 512, 3)
                blocks = tile.reshape(64, 8, 64, 8, 3).mean(axis=(1, 3))
                assert np.abs(blocks - part).mean() < 1
                assert np.abs(blocks - part).max() < 6
    names = {path.name for path in (work.tiles / "a").iterdir()}
    assert names == {"0", "1", "base.webp", "thumb.jpg"}
    assert report.measures["panorama_tiles"].value == 8 + 32
    assert report.measures["panorama_width"].value == 4096


def test_base_thumb_and_preview(tmp_path):
    work = masters_work(tmp_path, 2048)
    _, panoramas = cut(work)
    panorama = panoramas["a"]
    assert panorama.base == "panoramas/a/base.webp"
    assert panorama.template == "panoramas/a/{level}/{col}_{row}.{ext}"
    base = pixels(work.tiles / "a" / "base.webp")
    assert np.abs(base - (pixel_rays(1024) + 1) * 127.5).mean() < 2
    thumb = pixels(work.tiles / "a" / "thumb.jpg")
    assert thumb.shape == (200, 320, 3)
    # The middle of the thumb looks along -Z; its right side leans to +X by half of 80 degrees.
    assert np.abs(thumb[100, 160] - [127.5, 127.5, 0]).max() < 4
    assert thumb[100, -1, 0] == pytest.approx((np.sin(np.deg2rad(40)) + 1) * 127.5, abs=4)
    head, _, data = panorama.preview.partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.size == (64, 32)


def test_a_small_capture_is_enlarged_to_the_least_level(tmp_path):
    work = masters_work(tmp_path, 640)
    _, panoramas = cut(work)
    assert [grid.width for grid in panoramas["a"].levels] == [2048]
    assert panoramas["a"].native_width == 640
    tile = pixels(work.tiles / "a" / "0" / "2_0.webp")
    assert np.abs(tile - ((pixel_rays(2048) + 1) * 127.5)[:512, 1024:1536]).mean() < 2


def test_several_formats(tmp_path):
    work = masters_work(tmp_path, 2048)
    report, panoramas = cut(work, formats="avif,jpg")
    assert panoramas["a"].formats == ["avif", "jpg"]
    names = sorted(path.name for path in (work.tiles / "a" / "0").iterdir())
    assert len(names) == 16
    assert {name.partition(".")[2] for name in names} == {"avif", "jpg"}
    assert (work.tiles / "a" / "base.avif").is_file()
    assert report.measures["panorama_tiles"].value == 16


def test_same_inputs_same_bytes(tmp_path):
    work = masters_work(tmp_path, 2048)
    cut(work)
    first = tree_digest(work.tiles)
    cut(work)
    assert tree_digest(work.tiles) == first


def test_a_killed_run_goes_on_with_what_it_finished(tmp_path, monkeypatch):
    work = masters_work(tmp_path, 2048)
    second = Masters.model_validate_json((work.masters / "masters.json").read_text()).masters[0]
    both = [second, second.model_copy(update={"id": "b"})]
    write_json(work.masters / "masters.json", Masters(masters=both).to_json())
    with pytest.raises(InputError, match=r"b.jpg: not found"):
        cut(work)
    assert not (work.tiles / "tiles.json").exists()
    (work.masters / "b.jpg").write_bytes((work.masters / "a.jpg").read_bytes())
    done = []
    real = pyramid.cut_panorama
    monkeypatch.setattr(
        pyramid, "cut_panorama", lambda *given: done.append(given[2]) or real(*given)
    )
    _, panoramas = cut(work)
    assert done == ["b"]
    assert list(panoramas) == ["a", "b"]
    assert sorted(path.name for path in work.tiles.iterdir()) == ["a", "b", "tiles.json"]


def test_a_damaged_master_is_one_line(tmp_path):
    work = masters_work(tmp_path, 2048)
    path = work.masters / "a.jpg"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InputError, match=r"a.jpg: damaged or truncated"):
        cut(work)
    assert not (work.tiles / "tiles.json").exists()


def test_without_masters(tmp_path):
    with pytest.raises(InputError, match="expected the stage master to have run"):
        cut(Workspace(tmp_path))


def test_from_capture_to_tiles(tmp_path):
    work = panorama_work(tmp_path, "Cổng", "sân")
    place(work, np.eye(3))
    level_panoramas(work, work, MASTER_DEFAULTS)
    _, panoramas = cut(work)
    assert sorted(panoramas) == ["cong", "san"]
