import json
import math

import numpy as np
import pytest
from people import FACE_AT, photo_with_face, ray_of_face, site_of, sphere_with_faces
from PIL import Image

import vtour.panorama.blur as module
from vtour.errors import InputError
from vtour.files import read_image, tree_digest
from vtour.panorama.blur import BlurOptions, blur_people
from vtour.privacy_record import privacy_record, read_regions
from vtour.sphere import pixels_from_rays
from vtour.workspace import Workspace

PHOTO, SPHERE = "photos/a.jpg", "panoramas/hall.jpg"
GPANO = {"ProjectionType": "equirectangular"}


def run(work, out=None, **options):
    report = blur_people(work, out or work, BlurOptions(**options))
    return report, read_regions(out or work)


def best_of(regions, file):
    return max((r for r in regions if r.file == file), key=lambda region: region.score or 0)


@pytest.fixture(scope="module")
def images():
    return {PHOTO: photo_with_face(200, 60), SPHERE: sphere_with_faces(1024, (180, -5))}


@pytest.fixture(scope="module")
def done(images, tmp_path_factory):
    """A site that was blurred once; tests must not write to it."""
    work = site_of(
        tmp_path_factory.mktemp("people"), {**images, "photos/b.jpg": images[PHOTO] // 9}
    )
    return (work, *run(work))


def test_faces_are_proposed_in_pixels_of_the_files(done):
    _, report, found = done

    region = best_of(found.regions, PHOTO)
    nose = (200 + 150 * FACE_AT[0], 60 + 150 * FACE_AT[1])
    assert abs(region.x_px + region.width_px / 2 - nose[0]) < 8
    assert abs(region.y_px + region.height_px / 2 - nose[1]) < 8
    region = best_of(found.regions, SPHERE)
    nose = pixels_from_rays(ray_of_face(180, -5), 1024)
    assert abs((region.x_px + region.width_px / 2 - nose[0] + 512) % 1024 - 512) < 8
    assert region.x_px < 1024 < region.x_px + region.width_px  # it goes on over the seam
    assert report.measures["blur_proposed"].value == len(found.regions) >= 2
    assert report.measures["blur_reviewed"].value == 0
    assert "blur review not signed" in report.warnings[-1]


def test_no_face_is_left_in_the_copies(done, images):
    work, _, found = done

    for name in (PHOTO, SPHERE):
        copy = read_image(work.publishable(name, work.captures / name)).astype(int)
        original = images[name].astype(int)
        assert copy.shape == original.shape
        region = best_of(found.regions, name)
        rows = np.arange(int(region.y_px), int(region.y_px + region.height_px))
        columns = np.arange(int(region.x_px), int(region.x_px + region.width_px))
        box = np.ix_(rows, columns % original.shape[1])
        assert np.abs(np.diff(original[box], axis=0)).max() > 60  # eyes, brows, teeth
        assert np.abs(np.diff(copy[box], axis=0)).max() < 12  # JPEG's own noise
        assert np.abs(copy[:40] - original[:40]).mean() < 1.5  # the rest is as it was


def test_an_image_without_a_face_has_no_copy(tmp_path):
    work = site_of(tmp_path, {"photos/wall.jpg": np.full((300, 400, 3), 90, np.uint8)})
    report, found = run(work)
    assert found.regions == [] and report.measures["blur_regions"].value == 0
    assert list(work.blurred.iterdir()) == []
    assert work.publishable("photos/wall.jpg", work.captures) == work.captures
    assert "No place was found" in work.contact_sheet.read_text()


def test_same_captures_same_bytes(done, images, tmp_path):
    work, _, _ = done
    out = Workspace(tmp_path / "out", work.captures)
    run(Workspace(_copy_of_inventory(work, tmp_path), work.captures), out)
    assert tree_digest(out.privacy) == tree_digest(work.privacy)


def _copy_of_inventory(work, folder):
    (folder / "inventory.json").write_bytes(work.inventory.read_bytes())
    return folder


def test_an_image_is_searched_once(done, tmp_path, monkeypatch):
    work, _, found = done
    monkeypatch.setattr(module, "find_faces", lambda *_: pytest.fail("searched again"))
    out = Workspace(tmp_path / "next", work.captures)
    assert run(work, out)[1] == found
    assert tree_digest(out.privacy_found) == tree_digest(work.privacy_found)
    with pytest.raises(pytest.fail.Exception):
        run(work, Workspace(tmp_path / "other", work.captures), most=3)


@pytest.mark.parametrize(
    ("name", "other"),
    [("cv2.getVersionString", lambda: "99.0"), ("vtour.panorama.blur.version", lambda _: "99.0")],
)
def test_another_library_searches_again(done, tmp_path, monkeypatch, name, other):
    monkeypatch.setattr(name, other)
    monkeypatch.setattr(module, "find_faces", lambda *_: pytest.fail("searched again"))
    with pytest.raises(pytest.fail.Exception):
        run(done[0], Workspace(tmp_path / "next", done[0].captures))


def test_the_operator_has_the_last_word(done, images, tmp_path):
    _, _, before = done
    face = best_of(before.regions, PHOTO)
    privacy = f"remove: [{face.id}, p0000000000]\nadd:\n"
    privacy += f"- {{file: {SPHERE}, x_px: 1000, y_px: 200, width_px: 60, height_px: 40}}\n"
    work = site_of(tmp_path, images, privacy=privacy)
    report, found = run(work)

    assert face.id in found.removed and face.id not in {r.id for r in found.regions}
    assert found.regions[-1].source == "added" and found.regions[-1].id.startswith("a")
    box = np.s_[200:240, :36]  # it goes on over the seam
    sphere = read_image(work.blurred / SPHERE)
    assert sphere[box].astype(int).std(axis=(0, 1)).max() < 40
    assert np.abs(sphere[box].astype(int) - images[SPHERE][box]).mean() > 5
    others = [r for r in found.regions if r.file == PHOTO]
    if not others:
        assert not (work.blurred / PHOTO).exists()
    assert any("p0000000000: no proposal has this id" in text for text in report.warnings)
    page = work.contact_sheet.read_text()
    assert "removed, NOT blurred" in page and "added: blurred" in page


def test_a_review_holds_for_just_what_was_signed(done, images, tmp_path):
    _, _, before = done
    signed = f"review: {{by: Lan, date: 2026-11-25, digest: {before.digest}}}\n"
    same = {**images, "photos/b.jpg": images[PHOTO] // 9}
    work = site_of(tmp_path / "same", same, privacy=signed)
    report, found = run(work)
    assert found.reviewed and report.measures["blur_reviewed"].value == 1
    assert report.warnings == []
    assert privacy_record(work).reviewed and "Signed by Lan" in work.contact_sheet.read_text()

    added = f"add: [{{file: {PHOTO}, x_px: 1, y_px: 1, width_px: 9, height_px: 9}}]\n"
    for number, (files, privacy) in enumerate(
        [
            (same, signed + added),
            (images, signed),
            ({**same, "photos/c.jpg": images[PHOTO]}, signed),
        ]
    ):
        work = site_of(tmp_path / str(number), files, privacy=privacy)
        report, found = run(work)
        assert not found.reviewed and not privacy_record(work).reviewed
        assert "does not hold any more" in report.warnings[-1]
        assert "does not hold any more" in work.contact_sheet.read_text()


def test_nothing_is_known_before_the_stage(tmp_path):
    work = Workspace(tmp_path)
    assert privacy_record(work) is None
    work.privacy.mkdir()
    work.privacy_regions.write_text("{")
    with pytest.raises(InputError, match=r"regions\.json: damaged"):
        privacy_record(work)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("file: photos/z.jpg, x_px: 1, y_px: 1", r"add\[0\]: file 'photos/z.jpg' not found among"),
        (f"file: {PHOTO}, x_px: 480, y_px: 1", r"add\[0\]: box 480, 1, 9 x 9 px, expected one"),
    ],
)
def test_a_mask_that_hides_nothing_is_an_error(tmp_path, images, line, said):
    work = site_of(
        tmp_path, {PHOTO: images[PHOTO]}, privacy=f"add: [{{{line}, width_px: 9, height_px: 9}}]"
    )
    with pytest.raises(InputError, match=said):
        run(work)
    assert not work.privacy.exists()


def test_a_turned_photo_is_blurred_upright_and_tells_no_place(tmp_path, images):
    path = tmp_path / "captures" / PHOTO
    path.parent.mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Lan"
    exif.get_ifd(0x8825)[1] = "N"
    Image.fromarray(np.rot90(images[PHOTO])).save(path, exif=exif, quality=95)
    size = {"width_px": 480, "height_px": 360}  # upright, as the inventory has it
    work = site_of(tmp_path, {PHOTO: None}, **{"photos__a.jpg": size})
    _, found = run(work)

    region = best_of(found.regions, PHOTO)
    assert abs(region.x_px + region.width_px / 2 - 272) < 8
    with Image.open(work.blurred / PHOTO) as image:
        assert image.size == (480, 360) and dict(image.getexif()) == {0x013B: "Lan"}


def test_a_part_of_a_sphere(tmp_path, images):
    """The lower right of a sphere, in a file of its own, with GPano as cameras write it."""
    sphere = sphere_with_faces(1024, (60, -20))
    gpano = {
        **GPANO,
        **{"FullPanoWidthPixels": 1024.0, "FullPanoHeightPixels": 512.0},
        **{"CroppedAreaLeftPixels": 500.0, "CroppedAreaTopPixels": 200.0},
        **{"CroppedAreaImageWidthPixels": 400.0, "CroppedAreaImageHeightPixels": 250.0},
    }
    part = np.ascontiguousarray(sphere[200:450, 500:900])
    work = site_of(tmp_path, {SPHERE: part}, **{"panoramas__hall.jpg": {"gpano": gpano}})
    _, found = run(work)

    nose = pixels_from_rays(ray_of_face(60, -20), 1024) - (500, 200)
    region = best_of(found.regions, SPHERE)
    assert abs(region.x_px + region.width_px / 2 - nose[0]) < 8
    assert abs(region.y_px + region.height_px / 2 - nose[1]) < 8
    with Image.open(work.blurred / SPHERE) as image:
        assert image.size == (400, 250)
        assert b'GPano:CroppedAreaLeftPixels="500"' in image.info["xmp"]

    bad = {**gpano, "FullPanoWidthPixels": 300.0}
    work = site_of(tmp_path / "bad", {SPHERE: part}, **{"panoramas__hall.jpg": {"gpano": bad}})
    with pytest.raises(InputError, match=r"hall\.jpg: GPano's full size is 300 x 512 px"):
        run(work)
    work = site_of(tmp_path / "odd", {SPHERE: part}, **{"panoramas__hall.jpg": {"gpano": GPANO}})
    with pytest.raises(InputError, match=r"hall\.jpg: 400 x 250 px: not 2:1 and no"):
        run(work)


@pytest.mark.parametrize(
    ("size", "told", "corner"),
    [
        ((1025, 512), {}, (0, 0)),
        ((1026, 512), {}, (0, 0)),
        ((1024, 513), {}, (0, 0)),
        ((1024, 512), {"FullPanoHeightPixels": 512.0}, (0, 0)),
        ((1024, 512), {"FullPanoWidthPixels": 2048.0, "FullPanoHeightPixels": 1024.0}, (0, 0)),
        (
            (400, 250),  # no offsets: the middle
            {
                **{"FullPanoWidthPixels": 1024.0, "FullPanoHeightPixels": 512.0},
                **{"CroppedAreaImageWidthPixels": 400.0, "CroppedAreaImageHeightPixels": 250.0},
            },
            (312, 131),
        ),
    ],
)
def test_a_sphere_is_where_all_readers_see_it(tmp_path, size, told, corner):
    sphere = np.pad(sphere_with_faces(1024, (10, -5)), ((0, 9), (0, 9), (0, 0)), "wrap")
    shown = sphere[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]]
    work = site_of(
        tmp_path,
        {SPHERE: np.ascontiguousarray(shown)},
        **{"panoramas__hall.jpg": {"gpano": GPANO | told}},
    )
    _, found = run(work)

    nose = pixels_from_rays(ray_of_face(10, -5), 1024) - corner
    region = best_of(found.regions, SPHERE)
    assert abs(region.x_px + region.width_px / 2 - nose[0]) < 8
    assert abs(region.y_px + region.height_px / 2 - nose[1]) < 8
    with Image.open(work.blurred / SPHERE) as image:
        assert image.size == size  # so that GPano still says where it lies


def test_stitched_panoramas_and_pictures_of_hotspots_are_searched(tmp_path, images):
    work = site_of(tmp_path, {"media/man.png": images[PHOTO], "media/other.jpg": images[PHOTO]})
    lines = json.loads(work.inventory.read_text())
    lines["files"][1]["status"] = "ignored"  # no hotspot names it
    work.inventory.write_text(json.dumps(lines))
    work.stitched.mkdir()
    Image.fromarray(images[SPHERE]).save(work.stitched / "yard.jpg", quality=95)
    one = {"id": "yard", "width_px": 1024, "height_px": 512, "sha256": "1" * 64, "gpano": GPANO}
    (work.stitched / "stitched.json").write_text(json.dumps({"panoramas": [one]}))
    _, found = run(work)

    assert [image.file for image in found.images] == ["media/man.png", "stitched/yard.jpg"]
    assert {region.file for region in found.regions} == {"media/man.png", "stitched/yard.jpg"}
    assert (work.blurred / "media/man.png").is_file()
    assert (work.blurred / "stitched/yard.jpg").is_file()


def test_a_name_may_be_as_long_as_the_disk_takes(tmp_path, images):
    name = "photos/" + "đ" * 125 + ".jpg"  # 254 bytes
    work = site_of(tmp_path, {name: images[PHOTO]})
    _, found = run(work)
    assert (work.blurred / name).is_file() and found.regions[0].file == name
    assert math.isclose(found.regions[0].score, best_of(found.regions, name).score)


def test_without_a_search_only_what_is_added(tmp_path, images):
    privacy = (
        f"add: [{{file: {PHOTO}, x_px: 10, y_px: 20, width_px: 30, height_px: 40, note: <b>}}]"
    )
    work = site_of(tmp_path, {PHOTO: images[PHOTO]}, privacy=privacy)
    report, found = run(work, find_faces=False)
    assert found.proposed == 0 and len(found.regions) == 1
    assert report.measures["blur_regions"].value == 1
    page = work.contact_sheet.read_text()
    assert "&lt;b&gt;" in page and "<script" not in page
    assert (work.contact_sheet.parent / "contact-sheet-1.jpg").is_file()


def test_films_are_signed_for_too(tmp_path, images):
    """Nothing looks into a film: it is on the sheet by name, and another one breaks the review."""

    def site(folder, digest, privacy):
        work = site_of(tmp_path / folder, {"photos/b.jpg": images[PHOTO] // 9}, privacy=privacy)
        lines = json.loads(work.inventory.read_text())
        film = {"kind": "media", "status": "used", "bytes": 9, "sha256": digest * 64}
        lines["files"].append({"path": "media/lễ <hội>.mp4", **film})
        lines["files"].append({"path": "media/unnamed.webm", **film, "status": "ignored"})
        lines["files"].append({"path": "media/guide.mp3", **film})
        work.inventory.write_text(json.dumps(lines))
        return work

    work = site("first", "1", None)
    report, found = run(work)
    assert found.films == ["media/lễ <hội>.mp4"] == report.details["films"]
    assert any("look at them yourself: media/lễ <hội>.mp4" in text for text in report.warnings)
    page = work.contact_sheet.read_text()
    assert "look yourself: film <code>media/lễ &lt;hội&gt;.mp4</code>" in page
    assert "in 1 images and 1 films to look at" in page

    signed = f"review: {{by: Lan, date: 2026-11-25, digest: {found.digest}}}\n"
    report, found = run(site("same", "1", signed))
    assert found.reviewed and report.warnings == []
    assert not run(site("swapped", "2", signed))[1].reviewed
