import hashlib
from dataclasses import replace

import numpy as np
import pycolmap
import pytest
from PIL import Image
from textured_scene import (
    FOCAL,
    HEIGHT,
    WIDTH,
    face_points,
    grid,
    joined,
    looking,
    make_workspace,
    sampled,
)

from vtour.clouds.store import write_store
from vtour.errors import CaptureError, InputError
from vtour.files import file_digest, write_json
from vtour.glb import read_glb
from vtour.reconstruct.texture import TextureOptions, texture_mesh
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.schema.world import World
from vtour.workspace import Workspace

# A wall in the plane z = 0 that looks along +z; x to the right, y up.
WALL = grid((-2.0, -1.5, 0.0), (4, 0, 0), (0, 3, 0), 24)
POSES = [looking((x, y, 3.5), (0.6 * x, 0.5 * y, 0)) for x in (-1.4, 0.0, 1.4) for y in (-0.7, 0.8)]
SMALL = TextureOptions(texture_px=1024, trim_sky=False)  # the wall is as plain as a sky


def wall_colour(points, _):
    """Red grows with x, green with y, and a fine pattern in blue without any symmetry."""
    x, y = points[:, 0], points[:, 1]
    blue = 128 + 60 * np.sin(11 * x + 3 * y) * np.cos(7 * y - x * x)
    return np.stack([128 + 55 * x, 128 + 70 * y, blue], axis=1)


def texture_errors(model, colour_at, seed=0):
    """Texture less truth (m, 3) at a random place in every face, and the places (m, 3)."""
    corners = np.random.default_rng(seed).dirichlet((2, 2, 2), len(model.faces))
    faces = np.arange(len(model.faces))
    points = face_points(model, faces, corners)
    return sampled(model, faces, corners) - colour_at(points, faces), points


@pytest.fixture(scope="module")
def wall(tmp_path_factory):
    work = make_workspace(tmp_path_factory.mktemp("wall"), WALL, POSES, wall_colour)
    report = texture_mesh(work, work, SMALL)
    return work, report, read_glb(work.master_model)


def test_every_place_of_the_wall_has_its_own_colour(wall):
    _, report, model = wall

    errors, _ = texture_errors(model, wall_colour)

    # The pattern changes by at most 11 levels a pixel; a half-pixel shift gives a mean of 3.
    assert np.abs(errors).mean() < 1.2
    assert np.percentile(np.abs(errors), 99) < 5
    assert report.measures["faces_textured"].value == 1.0
    assert report.measures["texture_size"].value == model.texture.shape[0]


def test_there_is_no_shift_of_a_fraction_of_a_pixel(wall):
    """Bilinear at the exact place: what is left follows neither gradient of the colours."""
    _, _, model = wall
    corners = np.random.default_rng(3).dirichlet((2, 2, 2), len(model.faces))
    faces = np.arange(len(model.faces))
    size = model.texture.shape[0]
    uv = np.einsum("kc,kcx->kx", corners, model.uvs[model.faces[faces]].astype(float)) * size - 0.5
    at = np.clip(np.floor(uv).astype(int), 0, size - 2)
    right, down = (uv - at).T[..., None]
    texture = model.texture.astype(float)
    upper = texture[at[:, 1], at[:, 0]] * (1 - right) + texture[at[:, 1], at[:, 0] + 1] * right
    lower = (
        texture[at[:, 1] + 1, at[:, 0]] * (1 - right) + texture[at[:, 1] + 1, at[:, 0] + 1] * right
    )
    found = upper * (1 - down) + lower * down
    error = found - wall_colour(face_points(model, faces, corners), faces)

    # Red rises by 55 levels along a unit of x, green by 70 along y: means give the shift.
    pixel = 3.5 / FOCAL
    assert abs(error[:, 0].mean() / 55) < 0.1 * pixel
    assert abs(error[:, 1].mean() / 70) < 0.1 * pixel


def test_uvs_lie_inside_and_faces_keep_their_turn(wall):
    _, _, model = wall

    assert model.uvs.min() >= 0
    assert model.uvs.max() <= 1
    # Texture rows grow downwards, so a face that is not mirrored turns clockwise in (u, v).
    a, b, c = (model.uvs[model.faces[:, k]].astype(float) for k in range(3))
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (turn < 0).all()
    np.testing.assert_allclose(
        model.normals, np.tile([0, 0, 1], (len(model.normals), 1)), atol=1e-6
    )


def test_geometry_is_untouched(wall):
    _, _, model = wall

    assert len(model.faces) == len(WALL[1])
    np.testing.assert_allclose(
        model.positions[model.faces].sum(axis=(0, 1)), WALL[0][WALL[1]].sum(axis=(0, 1)), atol=1e-3
    )


def test_same_input_same_bytes(wall, tmp_path):
    work, _, _ = wall

    texture_mesh(work, Workspace(tmp_path), SMALL)

    assert digest(Workspace(tmp_path).master_model) == digest(work.master_model)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_small_atlas_holds_it_all_at_a_lower_scale(wall, tmp_path):
    work, _, _ = wall

    report = texture_mesh(work, Workspace(tmp_path), replace(SMALL, texture_px=256))
    model = read_glb(Workspace(tmp_path).master_model)

    assert model.texture.shape == (256, 256, 3)
    scale = report.details["photo_scale"]
    assert 0.2 < scale < 1
    (warning,) = report.warnings
    assert "texture_px is 256 px" in warning
    assert f"{scale:.0%} of it along a line is kept" in warning
    errors, _ = texture_errors(model, wall_colour)
    assert np.abs(errors[:, :2]).mean() < 3


def test_lens_distortion_is_followed(tmp_path):
    def lens():
        return pycolmap.Camera(
            model="OPENCV",
            width=WIDTH,
            height=HEIGHT,
            params=[FOCAL, FOCAL * 1.02, 166, 117, -0.12, 0.03, 0.001, -0.002],
        )

    cameras = [lens() for _ in POSES]
    work = make_workspace(tmp_path, WALL, POSES, wall_colour, cameras=cameras)
    texture_mesh(work, work, SMALL)

    errors, _ = texture_errors(read_glb(work.master_model), wall_colour)
    assert np.abs(errors).mean() < 1.2


def test_an_occluder_does_not_paint_what_it_hides(tmp_path):
    """A red board floats before a green wall; each camera sees it over another part of the wall."""
    board = grid((-0.5, -0.4, 1.0), (1.0, 0, 0), (0, 0.8, 0), 12)
    mesh = joined(WALL, board)
    wall_faces = len(WALL[1])

    def colour(points, faces):
        green, red = np.array([30.0, 200, 40]), np.array([220.0, 20, 30])
        return np.where((faces < wall_faces)[:, None], green, red)

    work = make_workspace(tmp_path, mesh, POSES, colour)
    texture_mesh(work, work, SMALL)
    model = read_glb(work.master_model)

    corners = np.full((len(model.faces), 3), 1 / 3)
    faces = np.arange(len(model.faces))
    texels = sampled(model, faces, corners)
    on_wall = face_points(model, faces, corners)[:, 2] < 0.5
    # A little mixes where a face is hidden in part in every photo.
    assert (texels[on_wall][:, 0] < 100).all()
    assert (texels[on_wall][:, 0] > 40).mean() < 0.02
    assert (texels[~on_wall][:, 1] < 60).all()


def test_exposure_is_evened_out(tmp_path):
    gains = [1.0, 0.8, 1.15, 0.9, 1.1, 0.85]

    def grey(points, _):
        x, y = points[:, 0], points[:, 1]
        return np.repeat((120 + 15 * np.sin(13 * x) * np.cos(11 * y))[:, None], 3, axis=1)

    work = make_workspace(tmp_path, WALL, POSES, grey, gains=gains)
    report = texture_mesh(work, work, SMALL)
    model = read_glb(work.master_model)

    errors, points = texture_errors(model, grey)
    jitter = 120 * np.std(gains)
    coarse = [
        errors[(abs(points[:, 0] - x) < 0.4) & (abs(points[:, 1] - y) < 0.4)].mean()
        for x in (-1.5, -0.5, 0.5, 1.5)
        for y in (-1, 0, 1)
    ]
    assert np.std(coarse) < 0.15 * jitter
    found = [report.details["photos"][f"photos/{k:02d}.png"]["gain"][0] for k in range(6)]
    product = np.array(found) * gains
    np.testing.assert_allclose(product / product.mean(), 1, atol=0.02)


def test_a_passer_by_in_one_photo_is_left_out(tmp_path):
    """Something that is not in the mesh stands before the wall in one photo of six."""
    from PIL import Image

    work = make_workspace(tmp_path, WALL, POSES, wall_colour)
    path = work.captures / "photos/02.png"
    photo = np.array(Image.open(path))
    photo[80:160, 130:190] = np.random.default_rng(0).integers(0, 60, (80, 60, 3))  # sharp, dark
    Image.fromarray(photo).save(path)

    texture_mesh(work, work, SMALL)

    errors, _ = texture_errors(read_glb(work.master_model), wall_colour)
    assert (np.abs(errors).max(axis=1) > 40).mean() < 0.005


def with_mask(work, photo, pixels):
    """The workspace, its photo with a mask (h, w) beside it."""
    path = work.captures / f"{photo}.mask.png"
    Image.fromarray(np.where(pixels, np.uint8(255), np.uint8(0))).save(path)
    record = CaptureFile(
        path=f"{photo}.mask.png",
        kind=FileKind.mask,
        status=FileStatus.used,
        bytes=path.stat().st_size,
        sha256=file_digest(path),
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
    )
    inventory = work.files.model_copy(update={"files": [*work.files.files, record]})
    write_json(work.inventory, inventory.model_dump(mode="json"))
    return Workspace(work.root, work.captures)


def test_masked_out_pixels_paint_nothing(tmp_path):
    """Red paint covers a part of both photos; the mask of one leaves its part out."""
    work = make_workspace(tmp_path, WALL, POSES[2:4], wall_colour)
    used = np.ones((HEIGHT, WIDTH), bool)
    used[60:170, 100:200] = False
    for name in ("photos/00.png", "photos/01.png"):
        photo = np.array(Image.open(work.captures / name))
        photo[~used] = (255, 0, 0)
        Image.fromarray(photo).save(work.captures / name)
    options = replace(SMALL, reject_outliers=False, level_seams=False, drop_unseen=False)

    texture_mesh(work, work, options)
    assert red_share(work) > 0.05
    for name in ("photos/00.png", "photos/01.png"):
        work = with_mask(work, name, used)
    texture_mesh(work, work, options)
    assert red_share(work) == 0


def red_share(work):
    """Share of places on the faces that are pure red or near it."""
    model = read_glb(work.master_model)
    corners = np.random.default_rng(5).dirichlet((1, 1, 1), len(model.faces))
    colour = sampled(model, np.arange(len(model.faces)), corners)
    return ((colour[:, 0] - colour[:, 1:].max(axis=1)) > 150).mean()


def test_a_mask_of_one_photo_leaves_its_part_to_the_other(tmp_path):
    work = make_workspace(tmp_path, WALL, POSES, wall_colour)
    photo = np.array(Image.open(work.captures / "photos/00.png"))
    used = np.ones((HEIGHT, WIDTH), bool)
    used[60:170, 100:200] = False
    photo[~used] = (255, 0, 0)
    Image.fromarray(photo).save(work.captures / "photos/00.png")
    work = with_mask(work, "photos/00.png", used)

    report = texture_mesh(work, work, replace(SMALL, reject_outliers=False, level_seams=False))

    assert report.measures["faces_textured"].value == 1
    errors, _ = texture_errors(read_glb(work.master_model), wall_colour)
    assert np.abs(errors).mean() < 1.5


def test_faces_behind_everything_are_filled_or_dropped(tmp_path):
    """A closed box seen from the front: its back has no photo, and encloses no border."""
    front = grid((-1.0, -1.0, 0.0), (2, 0, 0), (0, 2, 0), 10)
    lone = grid((-1.0, -1.0, -1.0), (0, 2, 0), (2, 0, 0), 10)  # looks along -z, away

    def colour(points, _):
        return np.tile([200.0, 150, 100], (len(points), 1))

    mesh = joined(front, lone)
    work = make_workspace(tmp_path / "a", mesh, POSES, colour)
    report = texture_mesh(work, work, SMALL)
    assert report.measures["faces_textured"].value == 0.5
    assert len(read_glb(work.master_model).faces) == 200

    report = texture_mesh(work, work, replace(SMALL, drop_unseen=False))
    model = read_glb(work.master_model)
    assert len(model.faces) == 400
    assert report.details["faces_filled"] == 200
    errors, _ = texture_errors(model, colour)
    assert np.abs(errors).max() < 25  # the sky behind shines into the border's colours


def test_a_fringe_of_sky_goes_and_blue_paint_stays(tmp_path):
    """The upper part of the mesh shows the sky behind; below, a rough wall has a blue panel."""
    rough = np.random.default_rng(0).normal(0, 30, (200, 200))

    def colour(points, _):
        x, y = points[:, 0], points[:, 1]
        noise = rough[(y * 40).astype(int) % 200, (x * 40).astype(int) % 200][:, None]
        stone = np.array([150.0, 130, 100]) + noise
        panel = ((np.abs(x) < 0.4) & (np.abs(y + 0.3) < 0.4))[:, None]
        paint = np.array([60.0, 100, 190]) + noise
        sky = np.tile([150.0, 185, 235], (len(points), 1))
        return np.where((y > 0.7)[:, None], sky, np.where(panel, paint, stone))

    work = make_workspace(tmp_path, WALL, POSES, colour)
    report = texture_mesh(work, work, replace(SMALL, trim_sky=True))
    model = read_glb(work.master_model)

    height = model.positions[model.faces][:, :, 1].mean(axis=1)
    below = int((WALL[0][WALL[1]][:, :, 1].mean(axis=1) < 0.6).sum())
    assert (height < 0.6).sum() == below
    assert (height > 0.9).sum() == 0
    assert report.details["faces_of_sky"] > 150


def test_a_wall_as_plain_and_blue_as_the_sky_is_kept(tmp_path):
    def colour(points, _):
        return np.tile([150.0, 185, 235], (len(points), 1))

    work = make_workspace(tmp_path, WALL, POSES, colour)
    report = texture_mesh(work, work, replace(SMALL, trim_sky=True))
    assert len(read_glb(work.master_model).faces) == len(WALL[1])
    assert report.warnings == [f"{len(WALL[1]):,} faces look like sky, all there are: kept"]
    assert report.details["faces_of_sky"] == 0


def test_photos_of_which_none_fits_any_face_are_one_line(tmp_path, monkeypatch):
    from vtour.reconstruct import texture

    def none_seen(table, faces, **_):
        return np.full(len(faces), -1, np.int32)

    monkeypatch.setattr(texture, "choose_views", none_seen)
    work = make_workspace(tmp_path, WALL, POSES, wall_colour)
    with pytest.raises(CaptureError, match="none of the 6 registered photos sees the mesh"):
        texture_mesh(work, work, SMALL)


def test_no_photo_sees_the_mesh(tmp_path):
    away = [looking((0, 0, 3), (0, 0, 6))]
    work = make_workspace(tmp_path, WALL, away, wall_colour)

    with pytest.raises(CaptureError, match="none of the 1 registered photos sees the mesh"):
        texture_mesh(work, work)
    assert not work.master_model.exists()


def test_no_mesh(tmp_path):
    work = make_workspace(tmp_path, WALL, POSES[:1], wall_colour)
    work.mesh.unlink()

    with pytest.raises(InputError, match=r"mesh.ply: not found"):
        texture_mesh(work, work)


def test_what_is_painted_is_the_blurred_copy(tmp_path):
    """One photo has a copy in which a person was hidden, here all green: the wall gets green."""
    work = make_workspace(tmp_path, WALL, POSES[:2], wall_colour)
    for name in ("photos/00.png", "photos/01.png"):
        copy = work.blurred / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (WIDTH, HEIGHT), (10, 220, 20)).save(copy, format="JPEG", quality=95)
    texture_mesh(work, work, replace(SMALL, texture_px=256))

    model = read_glb(work.master_model)
    faces = np.arange(len(model.faces))
    colours = sampled(model, faces, np.full((len(faces), 3), 1 / 3))
    assert np.abs(colours - (10, 220, 20)).max() < 8


@pytest.mark.parametrize(("tied", "faces"), [(True, 400), (False, 200)])
def test_a_scan_that_is_not_tied_paints_nothing(tmp_path, tied, faces):
    """The back of a box has no photo: a tied scan colours it."""
    front = grid((-1.0, -1.0, 0.0), (2, 0, 0), (0, 2, 0), 10)
    back = grid((-1.0, -1.0, -1.0), (0, 2, 0), (2, 0, 0), 10)
    work = make_workspace(tmp_path, joined(front, back), POSES, wall_colour)
    xyz = joined(front, back)[0].astype(np.float32)
    rgb = np.full((len(xyz), 3), 90, np.uint8)
    write_store(
        work.scan_cloud, {"xyz": xyz, "normal": np.zeros((len(xyz), 3), np.int8), "rgb": rgb}
    )
    identity = list(np.eye(4).reshape(-1))
    world = World(
        scale="metric", scale_source="gps", north="true", up="measured",
        world_from_sfm=identity, scan_tied=tied,
    )  # fmt: skip
    write_json(work.world, world.to_json())
    work.fused.parent.mkdir(parents=True)
    work.fused.touch()
    report = texture_mesh(work, work, SMALL)
    assert len(read_glb(work.master_model).faces) == faces
    assert any("not tied to the photos" in text for text in report.warnings) is not tied
