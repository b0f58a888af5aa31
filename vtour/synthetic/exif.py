"""EXIF of the photos: camera, lens, fixed dates, and a noisy GPS fix."""

import math
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

from vtour.frames import enu_from_world, geodetic_from_enu
from vtour.synthetic.cameras import Camera
from vtour.synthetic.options import ANCHOR
from vtour.synthetic.survey import EXIF_FOCAL_35MM

GPS_SIGMA_M = (1.5, 1.5, 2.0)
"""Standard deviation of the fix: east, north, up."""
COMPASS_SIGMA_DEG = 4.0
FIRST_PHOTO = datetime(2026, 3, 14, 8, 30, 0)
SECONDS_BETWEEN = 9
SENSOR_WIDTH_MM = 17.3


def exif_of(
    camera: Camera,
    number: int,
    rng: np.random.Generator,
    *,
    focal_35mm: int | None = EXIF_FOCAL_35MM,
) -> Image.Exif:
    """EXIF of the photo with this number in the order taken; spheres have no focal length."""
    taken = FIRST_PHOTO + timedelta(seconds=SECONDS_BETWEEN * number)
    stamp = taken.strftime("%Y:%m:%d %H:%M:%S")
    exif = Image.Exif()
    exif[Base.Make] = "Vtour"
    exif[Base.Model] = f"Synthetic {camera.lens.name}"
    exif[Base.Orientation] = 1
    exif[Base.Software] = "vtour synthetic"
    exif[Base.DateTime] = stamp
    details = exif.get_ifd(IFD.Exif)
    details[Base.DateTimeOriginal] = stamp
    details[Base.OffsetTimeOriginal] = "+07:00"
    if focal_35mm is not None:
        details[Base.FocalLength] = _rational(focal_35mm / 36 * SENSOR_WIDTH_MM, 100)
        details[Base.FocalLengthIn35mmFilm] = focal_35mm
    details[Base.ExifImageWidth] = camera.lens.width
    details[Base.ExifImageHeight] = camera.lens.height
    details[Base.FNumber] = _rational(5.6, 10)
    details[Base.ISOSpeedRatings] = 200
    details[Base.ExposureTime] = IFDRational(1, 250)
    for tag, value in gps_tags(camera, taken, rng).items():
        exif.get_ifd(IFD.GPSInfo)[tag] = value
    return exif


def gps_tags(camera: Camera, taken: datetime, rng: np.random.Generator) -> dict[int, Any]:
    """The GPS tags: a fix off by GPS_SIGMA_M, and a compass off by COMPASS_SIGMA_DEG."""
    enu = enu_from_world(camera.centre) + rng.standard_normal(3) * GPS_SIGMA_M
    lat, lon, height = geodetic_from_enu(enu, ANCHOR)
    forward = camera.world_from_cam[:, 2]
    heading = math.degrees(math.atan2(forward[0], -forward[2]))
    heading = (heading + COMPASS_SIGMA_DEG * float(rng.standard_normal())) % 360
    utc = taken - timedelta(hours=7)
    return {
        GPS.GPSVersionID: b"\x02\x03\x00\x00",
        GPS.GPSLatitudeRef: "N" if lat >= 0 else "S",
        GPS.GPSLatitude: _degrees(abs(lat)),
        GPS.GPSLongitudeRef: "E" if lon >= 0 else "W",
        GPS.GPSLongitude: _degrees(abs(lon)),
        GPS.GPSAltitudeRef: b"\x00",
        GPS.GPSAltitude: _rational(height, 1000),
        GPS.GPSImgDirectionRef: "T",
        GPS.GPSImgDirection: _rational(heading, 100),
        GPS.GPSDateStamp: utc.strftime("%Y:%m:%d"),
        GPS.GPSTimeStamp: tuple(
            IFDRational(part, 1) for part in (utc.hour, utc.minute, utc.second)
        ),
        GPS.GPSHPositioningError: _rational(GPS_SIGMA_M[0], 100),
    }


def _rational(value: float, denominator: int) -> IFDRational:
    return IFDRational(round(value * denominator), denominator)


def _degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and seconds to 1e-5 seconds, 0.3 mm."""
    total = Fraction(round(value * 3600 * 100_000), 100_000)
    degrees, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        IFDRational(int(degrees), 1),
        IFDRational(int(minutes), 1),
        IFDRational(int(seconds * 100_000), 100_000),
    )
