"""The whole stage on a small master: budgets, files, colours, the same bytes again."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from optimise.textured_meshes import colours_at, torn_apart, wavy_square
from PIL import Image
from web_meshes import write_web_mesh

from vtour.errors import InputError, OptionError
from vtour.files import file_digest, write_json
from vtour.glb import ImageFormat, TexturedMesh, read_glb, write_glb
from vtour.glb.container import parts_from_glb
from vtour.glb.pictures import encode_image
from vtour.models import read_scene
from vtour.optimise.derivatives import Budgets, DerivativesOptions, make_derivatives
from vtour.optimise.shaping.bake import sample_texture
from vtour.optimise.writing.expand import expand_web_glb
from vtour.optimise.writing.validate import validate_glb
from vtour.schema.tour import Derivative
from vtour.workspace import Workspace

SMALL = DerivativesOptions(
    thumb_faces=500,
    thumb_texture_px=64,
    medium_faces=1500,
    medium_texture_px=256,
    high_faces=3000,
    poster_px=160,
    views=2,
    view_px=256,
    ar=False,
)
WIDTH, DIAGONAL = 4.0, 5.69
WORLD = {
    "scale": "metric",
    "scale_source": "gps",
    "north": "true",
    "up": "measured",
    "world_from_sfm": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
}


def made_in(root, mesh=None, options=SMALL, copyright=None):
    """Run the stage on a master of 6,272 faces."""
    work = Workspace(root)
    write_glb(work.master_model, mesh or wavy_square(cells=56), copyright=copyright)
    write_json(work.world, WORLD)
    return work, make_derivatives(work, work, options)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return made_in(tmp_path_factory.mktemp("work"), copyright="Province, CC-BY-4.0")


def listed(work):
    return [
        Derivative.model_validate(item) for item in json.loads(work.derivatives_list.read_bytes())
    ]


def test_derivatives_coarse_to_fine(built):
    work, _ = built
    derivatives = listed(work)

    assert [item.quality.value for item in derivatives] == ["Thumb", "High"]  # no smaller medium
    for item, most, texture_px in zip(derivatives, (500, 3000), (64, 256), strict=True):
        path = work.root / item.uri
        assert 0 < item.faces <= most
        assert item.texture_px <= texture_px
        assert item.textures == 1
        assert (item.bytes, item.sha256) == (path.stat().st_size, file_digest(path))
    sizes = [item.bytes for item in derivatives]
    assert sizes == sorted(sizes)
    assert derivatives[0].error_m > derivatives[1].error_m >= 0


def test_what_a_viewer_chooses_by(built):
    """The cloth is 4 m wide and waves a little: its box is 5.69 m across, a texel of its
    64 px, nearly all of the atlas, about 7 cm."""
    work, _ = built
    thumb = listed(work)[0]

    assert thumb.error_share == pytest.approx(thumb.error_m / DIAGONAL, rel=0.01)
    assert thumb.texel_share == pytest.approx(thumb.texel_m / DIAGONAL, rel=0.01)
    assert WIDTH / thumb.texture_px <= thumb.texel_m < 1.6 * WIDTH / thumb.texture_px


def test_augmented_reality(tmp_path):
    work, _ = made_in(tmp_path, wavy_square(cells=20), replace(SMALL, ar=True))
    *web, android, apple = listed(work)

    assert {item.usage.value for item in web} == {"Web3D"}
    assert (android.usage.value, apple.usage.value) == ("App3D", "iOSApp3D")
    for item in (android, apple):
        path = work.root / item.uri
        assert item.quality.value == "AR"
        assert (item.bytes, item.sha256) == (path.stat().st_size, file_digest(path))
    assert validate_glb(work.root / android.uri).errors == []
    assert zipfile.is_zipfile(work.root / apple.uri)
    assert android.faces == read_scene(work.root / android.uri).faces == 800


def test_a_large_master_is_cut_into_tiles(tmp_path):
    options = replace(SMALL, tiles_above_faces=10_000)
    work, report = made_in(tmp_path, wavy_square(cells=72), options)

    tileset = json.loads((work.model_tiles / "tileset.json").read_bytes())
    assert tileset["extras"]["faces"] == 2 * 72**2
    assert report.measures["model_tiles"].value == len(list(work.model_tiles.rglob("*.glb")))


def test_faces_that_quantising_flattens_are_not_counted(tmp_path):
    """Beside a wide square, some triangles of a few micrometres: all of theirs is one place."""
    wide = wavy_square(cells=20)
    tiny = wide.positions[wide.faces[:40]].reshape(-1, 3) * np.float32(1e-7)
    first = len(wide.positions)
    mesh = TexturedMesh(
        np.concatenate([wide.positions, tiny]),
        None,
        np.concatenate([wide.uvs, np.full((len(tiny), 2), 0.5, np.float32)]),
        np.concatenate([wide.faces, first + np.arange(len(tiny)).reshape(-1, 3)]).astype(np.uint32),
        wide.texture,
    )
    path = tmp_path / "a.glb"
    written = write_web_mesh(path, mesh, encode_image(mesh.texture, ImageFormat.webp, 80))
    assert written == read_scene(path).faces == len(wide.faces)


@pytest.mark.parametrize("quality", ["thumb", "high"])
def test_colours_are_where_the_master_has_them(built, tmp_path, quality):
    work, _ = built
    expand_web_glb(work.derivative(quality), tmp_path / "twin.glb")

    mesh = read_glb(tmp_path / "twin.glb")
    middles = mesh.positions[mesh.faces].mean(axis=1)
    seen = sample_texture(mesh.texture, mesh.uvs[mesh.faces].mean(axis=1))
    error = abs(seen - colours_at(middles))
    assert error.mean() < 4  # mirrored or turned charts give tens
    assert np.percentile(error, 99) < (30 if quality == "thumb" else 15)  # WebP, large texels


def test_report_measures(built):
    work, report = built
    entries = report.details["looks"]

    assert report.measures["thumb_bytes"].value <= 200_000
    assert list(entries) == ["thumb", "high"]
    assert report.measures["derivative_ssim"].value == entries["high"]["ssim"] >= 0.98
    assert report.measures["derivative_hausdorff"].value == entries["high"]["hausdorff"]
    for name in entries:
        with Image.open(work.looks_strip(name)) as strip:
            assert strip.format == "WEBP"
    assert report.warnings == []
    assert report.details["high"]["left_out"] == [
        "medium is left out: nothing smaller looks as good"
    ]


def test_copyright_of_the_master_stays(built):
    work, _ = built

    for quality in ("thumb", "high"):
        assert parts_from_glb(work.derivative(quality))[0]["asset"]["copyright"] == (
            "Province, CC-BY-4.0"
        )


def test_poster(built):
    work, _ = built

    with Image.open(work.poster) as image:
        assert (image.format, image.size) == ("WEBP", (160, 120))
        assert np.asarray(image).std() > 10


def test_same_master_same_bytes(built, tmp_path):
    work, _ = built
    again, _ = made_in(tmp_path, copyright="Province, CC-BY-4.0")

    for name in ("thumb", "high"):
        assert file_digest(again.derivative(name)) == file_digest(work.derivative(name))
    assert file_digest(again.poster) == file_digest(work.poster)
    assert again.derivatives_list.read_bytes() == work.derivatives_list.read_bytes()


def test_a_small_master_is_not_made_larger(tmp_path):
    work, _ = made_in(tmp_path, wavy_square(cells=10, texture_px=32))

    assert max(item.faces for item in listed(work)) <= 200
    assert max(item.texture_px for item in listed(work)) <= 128  # 1.5 times the texels, and gutters


def test_without_an_atlas_in_time_charts_lie_along_the_axes(tmp_path, monkeypatch):
    from vtour.optimise.shaping import layouts
    from vtour.optimise.shaping.unwrap import UnwrapError

    def unwrap(*_, **__):
        raise UnwrapError("no texture atlas after 1 s")

    monkeypatch.setattr(layouts, "unwrap_mesh", unwrap)
    work, _ = made_in(tmp_path)

    assert 0 < listed(work)[0].faces <= 500


def noisy(cells=30):
    mesh = torn_apart(wavy_square(cells=cells))
    noise = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
    return TexturedMesh(mesh.positions, None, mesh.uvs, mesh.faces, noise)


def test_bytes_are_kept_by_lowering_quality_then_faces(tmp_path):
    tight = replace(SMALL, thumb_faces=1500, thumb_texture_px=64, thumb_bytes=10_000)
    work, report = made_in(tmp_path, noisy(), tight)

    assert listed(work)[0].bytes <= 10_000
    assert not [line for line in report.warnings if "thumb" in line and "bytes" in line]


@pytest.mark.parametrize("budgets", ["warn", "errors"])
def test_a_budget_that_cannot_be_met(tmp_path, monkeypatch, budgets):
    monkeypatch.setattr("vtour.optimise.choosing.search.LEAST_PX", 256)
    options = replace(SMALL, high_bytes=10_000, highest=False, budgets=Budgets(budgets))
    if budgets == "errors":
        with pytest.raises(
            OptionError, match=r"site\.high\.glb: .* bytes, expected at most 10,000"
        ):
            made_in(tmp_path, noisy(cells=40), options)
    else:
        _, report = made_in(tmp_path, noisy(cells=40), options)
        assert any("expected at most 10,000" in line for line in report.warnings)


def test_unknown_scale_has_no_metres(tmp_path):
    work = Workspace(tmp_path)
    write_glb(work.master_model, wavy_square(cells=8, texture_px=32))
    write_json(work.world, {**WORLD, "scale": "unknown", "scale_source": "none"})
    make_derivatives(work, work, SMALL)

    assert {item.error_m for item in listed(work)} == {None}


def test_a_master_without_texture_keeps_its_shape(tmp_path):
    mesh = wavy_square(cells=20)
    bare = TexturedMesh(mesh.positions, None, mesh.uvs, mesh.faces, None)
    work, _ = made_in(tmp_path, bare)

    assert listed(work)[0].faces <= 500
    assert (listed(work)[0].texture_px, listed(work)[0].texel_m) == (0, None)


def test_a_master_on_a_map_grid(tmp_path):
    mesh = wavy_square(cells=4)
    far = mesh.positions.astype(np.float64) + np.array([600_000.0, 0, -2_400_000])
    moved = TexturedMesh(far.astype(np.float32), None, mesh.uvs, mesh.faces, mesh.texture)

    with pytest.raises(InputError, match=r"master\.glb: coordinates near .*, expected those of"):
        made_in(tmp_path, moved)


def test_no_master(tmp_path):
    with pytest.raises(InputError, match="not found, expected the master model"):
        make_derivatives(Workspace(tmp_path), Workspace(tmp_path))


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [("site", "used", "Museum, CC-BY-4.0"), ("other", "ignored", None)],
)
def test_credit_and_licence_of_the_site(tmp_path, kind, status, told):
    captures = tmp_path / "captures"
    captures.mkdir()
    (captures / "Site.yaml").write_text("id: ruin\ncredit: Museum\nlicense: CC-BY-4.0\n")
    work = Workspace(tmp_path / "work", captures)
    listed = {"path": "Site.yaml", "kind": kind, "status": status, "bytes": 1, "sha256": ""}
    write_json(work.inventory, {"site_id": "a", "layout": "standard", "files": [listed]})
    write_glb(work.master_model, wavy_square(cells=4, texture_px=32))
    make_derivatives(work, work, SMALL)

    document, _ = parts_from_glb(work.derivative("thumb"))
    assert document["asset"].get("copyright") == told
