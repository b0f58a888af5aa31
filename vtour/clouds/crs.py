"""Coordinate systems of clouds: what a file tells, and from projected coordinates to true metres.

A map projection stretches (UTM: up to 0.4 per mille, 4 cm on 100 m) and turns north. Clouds are
taken to east, north, up (ENU) about an anchor near them, where both are undone. A polynomial is
fitted to the exact transform on a grid over the cloud, its degree raised until it is exact to
MAX_ERROR_M on other points, and points outside of the grid go the exact way.

Measured, million points a CPU second: pyproj and ECEF, exact, 1.8; the polynomial as a product of
matrices in numpy 1.8; compiled, by Horner's rule, 27 (kept).
"""

import math
from typing import Any

import numpy as np
from numba import njit

from vtour.clouds.headers import CrsFacts
from vtour.errors import InputError
from vtour.frames import FloatArray, ecef_from_geodetic, enu_axes_in_ecef
from vtour.schema.world import Anchor

MAX_ERROR_M = 2e-5
DEGREES = (2, 3, 4, 5, 6)
LEAST_HALF_M = 50.0
MOST_HALF_M = 20_000.0

GEO_MODEL, GEO_GEOGRAPHIC, GEO_PROJECTED = 1024, 2048, 3072
GEO_UNITS, GEO_VERTICAL, GEO_VERTICAL_UNITS = 3076, 4096, 4099
USER_DEFINED = 32767
UNIT_CODES = {
    9001: ("metre", 1.0),
    9002: ("foot", 0.3048),
    9003: ("US survey foot", 1200 / 3937),
    9005: ("Clarke's foot", 0.3047972654),
}


def crs_facts(crs: Any) -> CrsFacts:
    """What a pyproj CRS says of units and heights; of a local one only the units are used.

    Raises InputError for one without axes.
    """
    horizontal = crs.sub_crs_list[0] if crs.is_compound and crs.sub_crs_list else crs
    axes = horizontal.axis_info
    if not axes or not all(axis.unit_conversion_factor > 0 for axis in axes):
        raise InputError(f"CRS {crs.name:.60}: {crs.type_name}, expected a projected one")
    heights, up_metres = _heights(crs)
    is_map = bool(horizontal.is_projected)
    problem = "latitude and longitude" if horizontal.is_geographic else ""
    if horizontal.is_geocentric:
        problem = "coordinates from the Earth's centre"
    metres = 1.0 if horizontal.is_geographic else float(axes[0].unit_conversion_factor)
    return CrsFacts(
        text=_text(crs),
        unit=axes[0].unit_name,
        metres=metres,
        up_metres=up_metres or metres,
        heights=heights if is_map else "unknown",
        problem=problem,
        crs=horizontal if is_map else None,
    )


def _text(crs: Any) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code} {crs.name}" if code else str(crs.name)


def _heights(crs: Any) -> tuple[str, float | None]:
    """What z counts from, and metres in its unit when that is told."""
    up = crs.axis_info[2] if len(crs.axis_info) > 2 else None
    if crs.is_compound and len(crs.sub_crs_list) > 1:
        name = crs.sub_crs_list[1].name
        kind = "ellipsoidal" if "ellips" in name.lower() else f"orthometric ({name})"
        return kind, float(up.unit_conversion_factor) if up else None
    return ("ellipsoidal", float(up.unit_conversion_factor)) if up else ("unknown", None)


def datum_of(facts: CrsFacts) -> str:
    """What heights of a cloud or a model count from, in words."""
    if facts.heights == "ellipsoidal":
        return "WGS 84 ellipsoid"
    if facts.heights == "unknown":
        return "height as in the scan files, which do not tell what it counts from"
    return f"height as in the scan files, {facts.heights}, above sea level, no geoid applied"


def area_of_use(crs: Any) -> Any:
    """The area that a pyproj CRS is made for: its own, else that of its EPSG code, or None.

    WKT 1 tells none, and a CRS with TOWGS84 hides that of the one below.
    """
    import pyproj

    inner = crs.source_crs if crs.is_bound else crs
    if inner.area_of_use is not None:
        return inner.area_of_use
    code = inner.to_epsg()
    return pyproj.CRS.from_epsg(code).area_of_use if code else None


def crs_from_wkt(text: str) -> CrsFacts:
    """Facts of a CRS as WKT. Raises InputError when it cannot be read."""
    import pyproj

    try:
        return crs_facts(pyproj.CRS.from_user_input(text))
    except pyproj.exceptions.CRSError as error:
        reason = str(error).splitlines()[0][:100]
        raise InputError(f"its CRS cannot be read ({reason})") from None


def crs_from_geo_keys(keys: dict[int, int]) -> CrsFacts | None:
    """Facts of GeoTIFF keys (OGC 19-008r4) by number; None when they tell nothing.

    Units told in keys of their own go before those of the EPSG code.
    """
    code = keys.get(GEO_PROJECTED) or 0
    if code in (0, USER_DEFINED) and keys.get(GEO_MODEL) == 2:
        code = keys.get(GEO_GEOGRAPHIC) or 0
    unit = UNIT_CODES.get(keys.get(GEO_UNITS, 0))
    up = UNIT_CODES.get(keys.get(GEO_VERTICAL_UNITS, 0))
    if code in (0, USER_DEFINED):
        if unit is None:
            return None
        name = "user-defined, only its units are told"
        up_metres = up[1] if up else unit[1]
        return CrsFacts(text=name, unit=unit[0], metres=unit[1], up_metres=up_metres)
    vertical = keys.get(GEO_VERTICAL, 0)
    with_heights = f"EPSG:{code}+{vertical}" if 0 < vertical < USER_DEFINED else f"EPSG:{code}"
    try:
        facts = crs_from_wkt(with_heights)
    except InputError:
        facts = crs_from_wkt(f"EPSG:{code}")
    changes: dict[str, Any] = {}
    if unit is not None and not facts.problem and not math.isclose(unit[1], facts.metres):
        changes = {"unit": unit[0], "metres": unit[1]}
        if not facts.heights.startswith("orthometric"):  # a vertical CRS has a unit of its own
            changes["up_metres"] = unit[1]
    if up is not None:
        changes["up_metres"] = up[1]
    return CrsFacts(**{**_fields(facts), **changes})


def _fields(facts: CrsFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in CrsFacts.__dataclass_fields__}


class EnuFromCrs:
    """Takes file coordinates of a projected CRS to ENU metres about ``anchor``.

    Heights are taken as they are, and the anchor's datum says what they are.
    """

    def __init__(
        self, facts: CrsFacts, middle: FloatArray, half: FloatArray, anchor: Anchor | None = None
    ) -> None:
        """Fit the polynomial over ``middle`` +- ``half`` (3,), file units.

        Raises InputError when the middle lies nowhere in the CRS.
        """
        import pyproj

        self._facts = facts
        self._unit_factor = facts.metres / float(facts.crs.axis_info[0].unit_conversion_factor)
        self._to_geodetic = pyproj.Transformer.from_crs(facts.crs, 4326, always_xy=True)
        self._middle = np.asarray(middle, np.float64)
        least, most = LEAST_HALF_M / facts.metres, MOST_HALF_M / facts.metres
        self._half = np.clip(np.asarray(half, np.float64) * 1.05, least, most)
        lon, lat, height = self._geodetic(self._middle[None])
        place = [float(v[0]) for v in (lat, lon, height)]
        if not np.isfinite(place).all() or abs(place[0]) > 90 or abs(place[1]) > 180:
            east, north = self._middle[:2]
            raise InputError(f"{east:.10g}, {north:.10g} lies nowhere in {facts.text}")
        self.anchor = anchor or Anchor(
            lat=round(place[0], 9),
            lon=round(place[1], 9),
            height_m=round(place[2], 3),
            datum=datum_of(facts),
        )
        self._axes = enu_axes_in_ecef(self.anchor.lat, self.anchor.lon)
        self._origin = ecef_from_geodetic(self.anchor.lat, self.anchor.lon, self.anchor.height_m)
        self.error_m = 0.0
        self._coefficients: FloatArray | None = None
        self._fit()

    @property
    def place(self) -> tuple[float, float]:
        """Latitude and longitude of the middle, degrees."""
        lon, lat, _ = self._geodetic(self._middle[None])
        return float(lat[0]), float(lon[0])

    def exact(self, xyz: FloatArray) -> FloatArray:
        """ENU metres (n, 3) of file coordinates (n, 3), each by pyproj."""
        with np.errstate(over="ignore", invalid="ignore"):
            lon, lat, height = self._geodetic(xyz)
            ecef = _ecef(np.radians(lat), np.radians(lon), height)
            result: FloatArray = (ecef - self._origin) @ self._axes.T
        return result

    def apply(self, xyz: FloatArray) -> FloatArray:
        """The same by the polynomial; what lies outside of its domain goes the exact way."""
        result = np.empty(xyz.shape)
        outside = np.ones(len(xyz), np.bool_)
        if self._coefficients is not None:
            _evaluate(xyz, self._middle, self._half, self._coefficients, result, outside)
        if outside.any():
            result[outside] = self.exact(xyz[outside])
        return result

    def rotation_at(self, xyz: FloatArray) -> FloatArray:
        """(3, 3) rotation of directions at a place: convergence and the tilt of its vertical."""
        facts = self._facts
        step = np.diag([1 / facts.metres, 1 / facts.metres, 1 / facts.up_metres])
        around = self.exact(xyz + np.vstack([step, -step]))
        jacobian = (around[:3] - around[3:]).T / 2
        left, _, right = np.linalg.svd(jacobian)
        rotation: FloatArray = left @ right
        return rotation

    def _geodetic(self, xyz: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        east, north = xyz[:, 0] * self._unit_factor, xyz[:, 1] * self._unit_factor
        lon, lat = self._to_geodetic.transform(east, north)
        return np.asarray(lon), np.asarray(lat), xyz[:, 2] * self._facts.up_metres

    def _fit(self) -> None:
        """Find coefficients (3, 2, degree + 1, degree + 1): of ENU, of height's powers 0 and 1."""
        rng = np.random.default_rng(0)
        side = np.cos(np.pi * (np.arange(9) + 0.5) / 9)  # Chebyshev nodes
        grid = np.stack(np.meshgrid(side, side, [-1.0, 0.0, 1.0]), -1).reshape(-1, 3)
        corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), -1).reshape(-1, 3)
        proof = np.vstack([rng.uniform(-1, 1, (400, 3)), corners])
        truth = self.exact(self._middle + grid * self._half)
        other = self.exact(self._middle + proof * self._half)
        for degree in DEGREES:
            powers = [(h, i, j) for h in (0, 1) for i in range(degree + 1)
                      for j in range(degree + 1 - i)]  # fmt: skip
            solved = np.linalg.lstsq(_terms(grid, powers), truth, rcond=None)[0]
            self.error_m = float(np.abs(_terms(proof, powers) @ solved - other).max())
            if self.error_m < MAX_ERROR_M:
                table = np.zeros((3, 2, degree + 1, degree + 1))
                for (h, i, j), values in zip(powers, solved, strict=True):
                    table[:, h, i, j] = values
                self._coefficients = table
                return
        self.error_m = 0.0  # all points go the exact way


def _terms(scaled: FloatArray, powers: list[tuple[int, int, int]]) -> FloatArray:
    """Monomials (n, terms) of points (n, 3): height, east and north to these powers."""
    east, north, up = scaled.T
    return np.stack([up**h * east**i * north**j for h, i, j in powers], 1)


@njit(cache=True)
def _evaluate(xyz, middle, half, coefficients, result, outside):  # type: ignore[no-untyped-def]
    """Fill ``result`` and clear ``outside`` for points within the domain, by Horner's rule."""
    degree = coefficients.shape[2] - 1
    for row in range(len(xyz)):
        east = (xyz[row, 0] - middle[0]) / half[0]
        north = (xyz[row, 1] - middle[1]) / half[1]
        up = (xyz[row, 2] - middle[2]) / half[2]
        if not (abs(east) <= 1.0 and abs(north) <= 1.0 and abs(up) <= 1.0):
            continue
        outside[row] = False
        for axis in range(3):
            total = 0.0
            for i in range(degree, -1, -1):
                inner = 0.0
                for j in range(degree - i, -1, -1):
                    level = coefficients[axis, 0, i, j] + up * coefficients[axis, 1, i, j]
                    inner = inner * north + level
                total = total * east + inner
            result[row, axis] = total


def _ecef(lat: FloatArray, lon: FloatArray, height: FloatArray) -> FloatArray:
    """ECEF (n, 3) of radians and metres above the ellipsoid."""
    from vtour.frames import WGS84_A_M, WGS84_E2

    normal = WGS84_A_M / np.sqrt(1 - WGS84_E2 * np.sin(lat) ** 2)
    level = (normal + height) * np.cos(lat)
    up = (normal * (1 - WGS84_E2) + height) * np.sin(lat)
    return np.stack([level * np.cos(lon), level * np.sin(lon), up], 1)
