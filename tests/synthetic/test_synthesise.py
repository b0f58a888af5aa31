import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from vtour.errors import InputError, OptionError
from vtour.files import tree_digest
from vtour.frames import (
    enu_from_geodetic,
    matrix_from_columns,
    transform_points,
    world_from_enu,
)
from vtour.schema.site import (
    EnuPlace,
    GeodeticPlace,
    PanoramaPlace,
    PhotoPlace,
    Site,
    StationPlace,
)
from vtour.synthetic.options import ANCHOR, SyntheticOptions
from vtour.synthetic.render import Scene
from vtour.synthetic.site import hotspots_of
from vtour.synthetic.synthesise import synthesise_site
from vtour.synthetic.truth import Truth


def test_same_seed_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    options = SyntheticOptions(photo_px=160, panorama_px=256, photo_step=3)
    synthesise_site(tmp_path / "again", options)
    assert tree_digest(tmp_path / "again") == tree_digest(tiny)


def test_layout_is_that_of_a_delivery(tiny: Path) -> None:
    assert sorted(path.name for path in tiny.iterdir()) == [
        "control.csv",
        "marks.csv",
        "panoramas",
        "photos",
        "scans",
        "site.yaml",
        "truth",
    ]
    assert [path.name for path in sorted((tiny / "panoramas").glob("*.jpg"))] == [
        "bia-da.jpg",
        "san-truoc.jpg",
        "thuy-dinh.jpg",
    ]
    assert len(list((tiny / "panoramas" / "san-dong").glob("*.jpg"))) == 20


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match="not empty"):
        synthesise_site(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_nothing_is_left_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise InputError("no light")

    monkeypatch.setattr("vtour.synthetic.synthesise.build_site", fail)
    with pytest.raises(InputError, match="no light"):
        synthesise_site(tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


def test_photos_that_do_not_show_the_statue_are_refused(scene: Scene) -> None:
    with pytest.raises(OptionError, match="none shows the statue"):
        hotspots_of(scene, [])


def test_exif_tells_camera_date_and_a_place_near_the_truth(tiny: Path, truth: Truth) -> None:
    offsets = []
    for camera in truth.cameras:
        with Image.open(tiny / camera.file) as image:
            assert image.size == (160, 120)
            exif = image.getexif()
        details, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
        assert exif[Base.Make] == "Vtour"
        assert details[Base.FocalLengthIn35mmFilm] == 28
        assert details[Base.DateTimeOriginal].startswith("2026:03:14 08:3")
        assert float(gps[GPS.GPSHPositioningError]) == 1.5
        lat, lon = (
            float(d) + float(m) / 60 + float(s) / 3600
            for d, m, s in (gps[GPS.GPSLatitude], gps[GPS.GPSLongitude])
        )
        place = world_from_enu(enu_from_geodetic(lat, lon, float(gps[GPS.GPSAltitude]), ANCHOR))
        offsets.append(place - camera.centre)
    spread = np.sqrt((np.array(offsets) ** 2).mean(0))
    assert np.abs(offsets).max() < 8.0  # four sigma of the height
    assert ((spread > 0.4) & (spread < 4.0)).all()


def test_heading_of_the_compass_is_that_of_the_camera(tiny: Path, truth: Truth) -> None:
    for camera in truth.cameras:
        with Image.open(tiny / camera.file) as image:
            heading = float(image.getexif().get_ifd(IFD.GPSInfo)[GPS.GPSImgDirection])
        east, _, south = camera.world_from_cam[:, 2]
        off = math.radians(heading) - math.atan2(east, -south)
        assert abs(math.degrees(math.remainder(off, math.tau))) < 16  # four sigma


def test_control_lies_at_the_targets(tiny: Path) -> None:
    lines = (tiny / "control.csv").read_text().splitlines()
    assert lines[0] == "# crs: enu"
    truth = json.loads((tiny / "truth" / "targets.json").read_text())["targets"]
    for row in csv.DictReader(lines[1:]):
        enu = [float(row[axis]) for axis in "xyz"]
        expected = truth[row["label"]]
        assert np.abs(world_from_enu(enu) - expected["position"]).max() < 0.015  # five sigma
        assert row["role"] == expected["role"]


def hotspots(tiny: Path) -> tuple[Site, dict[str, np.ndarray]]:
    site = Site.model_validate(yaml.safe_load((tiny / "site.yaml").read_text(encoding="utf-8")))
    places = json.loads((tiny / "truth" / "targets.json").read_text())["hotspots"]
    return site, {name: np.array(place) for name, place in places.items()}


def test_site_yaml_has_every_form_of_place_in_three_languages(tiny: Path) -> None:
    site, _ = hotspots(tiny)
    kinds = {type(spot.at) for spot in site.hotspots}
    assert kinds == {GeodeticPlace, EnuPlace, PanoramaPlace, PhotoPlace, StationPlace}
    for spot in site.hotspots:
        assert set(spot.title) == set(spot.text) == {"vi", "en", "zh-Hans"}
    assert site.anchor is not None
    assert (site.anchor.lat, site.anchor.lon, site.anchor.height_m) == ANCHOR


def test_every_form_of_place_leads_to_the_true_place(tiny: Path, truth: Truth) -> None:
    site, places = hotspots(tiny)
    stations = json.loads((tiny / "truth" / "stations.json").read_text())["stations"]
    panoramas = json.loads((tiny / "truth" / "panoramas.json").read_text())["panoramas"]
    for spot in site.hotspots:
        true, at = places[spot.id], spot.at
        if isinstance(at, GeodeticPlace):
            found = world_from_enu(enu_from_geodetic(at.lat, at.lon, at.height, ANCHOR))
        elif isinstance(at, EnuPlace):
            found = world_from_enu(at.enu_m)
        elif isinstance(at, StationPlace):
            pose = matrix_from_columns(stations[0]["world_from_station"])
            assert stations[0]["id"] == at.station
            found = transform_points(pose, [at.xyz_m])[0]
        elif isinstance(at, PhotoPlace):
            camera = next(one for one in truth.cameras if one.file == at.photo)
            assert np.abs(camera.pixels_from_world(true)[0] - [at.x_px, at.y_px]).max() < 0.01
            continue
        else:
            pose = matrix_from_columns(panoramas[2]["world_from_pano"])
            assert panoramas[2]["file"] == f"panoramas/{at.panorama}.jpg"
            yaw, pitch = math.radians(at.yaw_deg), math.radians(at.pitch_deg)
            level = math.cos(pitch)
            ray = [level * math.sin(yaw), math.sin(pitch), -level * math.cos(yaw)]
            found = pose[:3, 3] + np.linalg.norm(true - pose[:3, 3]) * (pose[:3, :3] @ ray)
        assert np.abs(found - true).max() < 0.003
