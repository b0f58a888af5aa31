import numpy as np
import pytest
from PIL import Image
from work_folders import PHOTO, capture, digests, read_manifest, write_work_folder

from vtour.errors import InputError
from vtour.tour.package import PackageOptions, build_package
from vtour.tour.site_files import site_of
from vtour.tour.validate import validate_package
from vtour.workspace import Workspace

SITE = """\
id: box
name: {vi: Hộp, en: Box}
license: CC-BY-4.0
credit: Nguyễn Văn A
hotspots:
  - id: front
    at: {photo: P1.jpg, x_px: 200, y_px: 150}
    title: {vi: Mặt trước, en: Front}
    media: [media/Ảnh cũ.jpg, guide.vi.mp3, ../site.yaml, missing.png]
  - id: panorama
    at: {panorama: yard, yaw_deg: 10, pitch_deg: 0}
    title: {vi: Sân, en: Yard}
"""


def build(tmp_path, out="work", **kwargs):
    work = write_work_folder(tmp_path, **kwargs)
    target = work if out == "work" else Workspace(tmp_path / out)
    return build_package(work, target), work, target


def test_package_of_a_bare_work_folder_is_valid_and_named_after_its_folder(tmp_path):
    report, work, _ = build(tmp_path)

    tour = read_manifest(work)
    assert validate_package(work.root).errors == []
    assert (tour["id"], tour["name"]) == ("old-box", {"und": "Old box"})
    assert tour["models"][0]["bounds_min"] == [-1.0, 0.0, -2.0]
    assert tour["models"][0]["bounds_max"] == [1.0, 2.0, 2.0]
    assert tour["accuracy"] == {"gps_residual": {"value": 1.25, "unit": "m", "n": 1}}
    assert set(tour["files"]) == set(digests(work.package)) - {"tour.json"}
    assert report.measures["package_bytes"].value == sum(
        p.stat().st_size for p in work.package.rglob("*") if p.is_file()
    )
    assert any("privacy" in text for text in report.warnings)
    assert any("no license" in text for text in report.warnings)


def test_hotspots_and_their_media(tmp_path):
    media = tmp_path / "captures" / "media"
    media.mkdir(parents=True)
    exif = Image.Exif()
    exif[0x8298], exif[0x010F] = "© Bảo tàng".encode(), "Camera maker"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (3000, 1000), "red").save(media / "Ảnh cũ.jpg", exif=exif)
    (media / "guide.vi.mp3").write_bytes(b"ID3" + bytes(100))
    (media / "guide.vi.vtt").write_text("WEBVTT\n")

    report, work, _ = build(tmp_path, site_yaml=SITE)

    tour = read_manifest(work)
    assert [spot["id"] for spot in tour["hotspots"]] == ["front"]
    np.testing.assert_allclose(tour["hotspots"][0]["position"], [0, 1, 2], atol=1e-5)
    image, sound = tour["hotspots"][0]["media"]
    assert (image["uri"], image["type"]) == ("media/anh-cu.webp", "image/webp")
    assert image["alt"] == {"vi": "Mặt trước", "en": "Front"}
    assert sound["uri"] == "media/guide-vi.mp3"
    assert (sound["lang"], sound["captions"]) == ("vi", "media/guide-vi.vtt")
    with Image.open(work.package / image["uri"]) as shown:
        assert shown.size == (2048, 683)
        assert set(shown.getexif()) == {0x8298}
        assert "© Bảo tàng\0".encode() in shown.info["exif"]
    texts = "\n".join(report.warnings)
    assert "'../site.yaml'" in texts and "'missing.png': not found" in texts
    assert "hotspot 'panorama' left out: panorama 'yard' is no node, there is no panorama" in texts
    assert (
        "media/guide.vi.mp3: copied as they are, may hold location metadata: "
        "strip it before publishing"
    ) in report.warnings
    assert report.measures["hotspots"].value == 1
    assert report.measures["hotspots_left_out"].value == 1
    assert validate_package(work.root).errors == []


def test_media_behind_a_link_to_a_folder_stay_private(tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "guide.vi.mp3").write_bytes(b"ID3" + bytes(100))
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures" / "media").symlink_to(tmp_path / "private")
    report, work, _ = build(tmp_path, site_yaml=SITE)

    assert not (work.package / "media").exists()
    told = "hotspot 'front', media left out: media: symbolic link to a folder: not followed"
    assert told in report.warnings


def test_same_inputs_give_the_same_bytes_anywhere(tmp_path):
    _, _, first = build(tmp_path / "a", out="out-1", site_yaml=SITE)
    _, _, second = build(tmp_path / "b", out="out-2", site_yaml=SITE)

    assert digests(first.package) == digests(second.package)


def test_captures_of_kinds_that_come_later_are_not_dropped_in_silence(tmp_path):
    files = [
        capture("panoramas/a.jpg", "panorama", "not_processed_yet"),
        capture("panoramas/b.jpg", "panorama", "not_processed_yet"),
        capture("scans/a.e57", "scan", "not_processed_yet"),
    ]
    report, *_ = build(tmp_path, extra_files=files)

    assert "2 panorama file(s) not processed yet" in report.warnings
    assert "1 scan file(s) not processed yet" in report.warnings


def test_an_anchor_alone_is_a_pin_and_places_nothing(tmp_path):
    unknown = {"scale": "unknown", "scale_source": "none", "north": "unknown", "up": "assumed"}
    site = (
        "id: box\nname: {en: Box}\nanchor: {lat: 21.85, lon: 106.75, height_m: 260}\n"
        "hotspots: [{id: gate, at: {lat: 21.85, lon: 106.75, height: 261}, title: {en: Gate}}]\n"
    )
    report, work, _ = build(tmp_path, site_yaml=site, **unknown)

    assert read_manifest(work)["anchor"]["lat"] == 21.85
    assert validate_package(work.root).errors == []
    assert any("'gate' left out" in text for text in report.warnings)


def test_site_yaml_is_the_one_of_the_inventory(tmp_path):
    work = write_work_folder(tmp_path, extra_files=[capture("Site.yaml", "site")])
    (work.captures / "Site.yaml").write_text("id: written-large\n")
    assert site_of(work).id == "written-large"


def test_a_site_yaml_that_leads_outside_is_not_read(tmp_path):
    link = capture("site.yaml", "other", "ignored", reason="symbolic link that leads outside")
    work = write_work_folder(tmp_path, extra_files=[link])
    (tmp_path / "secret.yaml").write_text("id: secret\n")
    (work.captures / "site.yaml").symlink_to(tmp_path / "secret.yaml")
    assert site_of(work).id == "old-box"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            "start: yard\norder: [yard]\n",
            ["site.yaml: start, order: of no use, the site has no panorama"],
        ),
        ("links: {add: [[a, b]]}\nnadir: logo.png\n", ["site.yaml: links, nadir: of no use"]),
        ("order: []\nlinks: {}\n", []),
    ],
)
def test_fields_that_nothing_uses_are_said(tmp_path, fields, told):
    report, *_ = build(tmp_path, site_yaml="id: box\n" + fields)

    said = [text for text in report.warnings if text.startswith("site.yaml")]
    assert [text[: len(start)] for text, start in zip(said, told, strict=True)] == told


def test_media_can_be_left_out(tmp_path):
    work = write_work_folder(tmp_path, site_yaml=SITE)
    build_package(work, work, PackageOptions(media=False))

    assert "media" not in {p.name for p in work.package.iterdir()}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda work: work.world.unlink(), "expected the world stage to have run"),
        (lambda work: work.derivatives_list.unlink(), "expected the derivatives, models, pyramid"),
        (lambda work: work.derivatives_list.write_text("[]"), "lists no derivative"),
        (lambda work: work.derivative("high").unlink(), "not found, expected the file"),
        (lambda work: work.derivative("high").write_bytes(b"glTF"), "SHA-256"),
        (lambda work: work.world.write_text("{}"), "expected a world.json"),
    ],
)
def test_what_is_missing_or_damaged_is_said_in_one_line(tmp_path, damage, said):
    work = write_work_folder(tmp_path)
    damage(work)

    with pytest.raises(InputError, match=said) as caught:
        build_package(work, work)
    assert "\n" not in str(caught.value)
    assert not (work.package / "tour.json").exists()


def test_photo_is_named_in_the_sample():
    assert PHOTO.endswith("P1.jpg")  # SITE refers to it by its bare name
