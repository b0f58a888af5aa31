"""Coordinates of surveyors, by EPSG code, as WGS 84 positions.

VN-2000 lies about 225 m off WGS 84 and its ellipsoid about 24 m below at Lang Son: PROJ's
published transformation (EPSG:6960, 1 m) is used. Heights above sea level stay as they are:
without a geoid nobody knows the ellipsoidal ones, and the difference is said, not guessed.
"""

from collections.abc import Sequence

import numpy as np

from vtour.control_files import Control, Height
from vtour.errors import InputError
from vtour.frames import FloatArray

AREA_MARGIN_DEG = 1.0


def geodetic_from_control(control: Control) -> FloatArray:
    """WGS 84 latitude, longitude (degrees) and height (m) of all points: (n, 3).

    Heights are those above the WGS 84 ellipsoid when the file says ellipsoidal (above the
    ellipsoid of its crs); else the ones given. Raises InputError for a crs that is not known,
    and for points outside of where it is used, as with x and y swapped.
    """
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        crs = pyproj.CRS(control.crs)
        if not (crs.is_projected or crs.is_geographic):
            raise InputError(f"{control.name}: {control.crs} is {crs.type_name}, expected x and y")
        is_ellipsoidal = control.height is Height.ellipsoidal
        source = crs.to_3d() if is_ellipsoidal else crs
        target = "EPSG:4979" if is_ellipsoidal else "EPSG:4326"
        to_wgs84 = pyproj.Transformer.from_crs(source, target, always_xy=True)
        xyz = np.array([point.xyz for point in control.points]).reshape(-1, 3)
        lon, lat, height = to_wgs84.transform(*xyz.T)
        turned_lon, turned_lat, _ = to_wgs84.transform(*xyz[:, [1, 0, 2]].T)
    except ProjError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{control.name}: crs {control.crs} is not usable ({reason})") from None
    bounds = crs.area_of_use.bounds if crs.area_of_use else None
    if bounds and control.points:
        straight, turned = _inside(lon, lat, bounds), _inside(turned_lon, turned_lat, bounds)
        _check_area(control, straight, turned)
    z = height if is_ellipsoidal else xyz[:, 2]
    return np.stack([lat, lon, z], axis=1)


def _inside(lon: FloatArray, lat: FloatArray, bounds: Sequence[float]) -> list[bool]:
    west, south, east, north = bounds
    margin = AREA_MARGIN_DEG
    level = (lat > south - margin) & (lat < north + margin)
    return [bool(one) for one in level & (lon > west - margin) & (lon < east + margin)]


def _check_area(control: Control, straight: list[bool], turned: list[bool]) -> None:
    """Raise when most points lie where the crs is not used; single typos are for the fit."""
    points = control.points
    if sum(straight) * 2 > len(points):
        return
    outside = next(point for point, good in zip(points, straight, strict=True) if not good)
    hint = "x and y look swapped, " if sum(turned) * 2 > len(points) else ""
    raise InputError(
        f"{control.name}: {outside.label} lies outside of where {control.crs} is used: {hint}"
        "expected x east and y north, in the crs of the first line"
    )
