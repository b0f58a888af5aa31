"""Write the merged scan as LAZ: LAS 1.4, point format 7 with colours, 6 without.

East, north, up. With an anchor and true north the points are projected, heights count from what
the anchor's do, and the CRS is in the header (WKT 1, as LAS 1.4 asks); else they are metres about
the world's origin, and the header says so. Nothing in the file comes from the clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns, PointStore
from vtour.errors import OptionError
from vtour.files import replacing
from vtour.frames import ecef_from_geodetic, enu_axes_in_ecef, enu_from_world
from vtour.schema.world import Anchor

FloatArray = NDArray[np.float64]

SCALE_M = 0.001
OFFSET_M = 1000.0  # coordinates are told from a round place near the first point
DAY = date(2000, 1, 1)  # LAS has no word for "unknown" that readers accept
ECEF, GEODETIC = 4978, 4979
TEXT_RECORD = 3  # LASF_Spec "text area description"
LOCAL = "LOCAL EAST NORTH UP"


@dataclass(frozen=True)
class Plane:
    """What the coordinates of the file are.

    crs    : a pyproj CRS, None when they are local.
    about  : one line for people.
    """

    crs: Any
    about: str
    anchor: Anchor | None = None

    def coordinates(self, points_in_world: NDArray[np.float32]) -> FloatArray:
        """East, north, up (n, 3) of world coordinates."""
        enu = enu_from_world(points_in_world.astype(np.float64))
        if self.crs is None or self.anchor is None:
            return enu
        import pyproj

        place = (self.anchor.lat, self.anchor.lon, self.anchor.height_m)
        ecef = ecef_from_geodetic(*place) + enu @ enu_axes_in_ecef(place[0], place[1])
        to_geodetic = pyproj.Transformer.from_crs(ECEF, GEODETIC, always_xy=True)
        lon, lat, height = to_geodetic.transform(*ecef.T)
        to_plane = pyproj.Transformer.from_crs(4326, self.crs, always_xy=True)
        east, north = to_plane.transform(lon, lat)
        return np.stack([east, north, height], axis=-1)


def utm_zone(lat: float, lon: float) -> int:
    """EPSG code of the UTM zone of a place on WGS 84; of UPS near the poles."""
    if lat >= 84 or lat < -80:
        return 32661 if lat > 0 else 32761
    zone = int((lon + 180) // 6) % 60 + 1
    return (32600 if lat >= 0 else 32700) + zone


def plane_of(anchor: Anchor | None, epsg: int, of_files: Iterable[str | None]) -> Plane:
    """What to project to: the option, else the CRS of the scan files, else the UTM zone.

    anchor   : None when the world has none, or its north or scale is not known.
    epsg     : the option, 0 when not given.
    of_files : the CRS that each station's file tells.

    Raises OptionError when ``epsg`` is not a projected CRS in metres.
    """
    if anchor is None:
        return Plane(None, "Local: metres east, north, up about the origin of the site's world")
    crs = None
    if epsg:
        crs = projected_metres(f"EPSG:{epsg}")
        if crs is None:
            raise OptionError(f"epsg={epsg}: expected a projected CRS in metres")
    told = {name for name in of_files if name}
    if crs is None and len(told) == 1:
        crs = projected_metres(told.pop())
    if crs is None:
        crs = projected_metres(f"EPSG:{utm_zone(anchor.lat, anchor.lon)}")
    return Plane(crs, f"{crs.name}; heights in metres: {anchor.datum}", anchor)


def projected_metres(name: str) -> Any:
    """The level part of a CRS by its name, None when it is not projected east-north metres.

    name : as scan/raw.json has it: 'EPSG:3405 VN-2000 / UTM zone 48N', a code or a name alone.
    """
    import pyproj

    try:
        crs = pyproj.CRS.from_user_input(name.split()[0] if name.startswith("EPSG:") else name)
    except pyproj.exceptions.CRSError:
        return None
    crs = crs.to_2d() if not crs.is_compound else crs.sub_crs_list[0]
    metres = all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)
    return crs if crs.is_projected and metres else None


def write_laz(path: Path, store: PointStore, plane: Plane) -> None:
    """Write a cloud in the world.

    The compressor runs in one thread: the bytes do not depend on the machine.
    """
    import laspy

    some = np.array(store.column("xyz")[:1])
    offsets = np.floor(plane.coordinates(some)[0] / OFFSET_M) * OFFSET_M
    header = header_of(plane, offsets, "rgb" in store.columns)
    with (
        replacing(path) as temporary,
        laspy.open(
            str(temporary), mode="w", header=header, do_compress=True,
            laz_backend=laspy.LazBackend.Lazrs,
        ) as writer,
    ):  # fmt: skip
        for columns in store.chunks():
            writer.write_points(record_of(columns, plane, header))


def header_of(plane: Plane, offsets: FloatArray, coloured: bool) -> Any:
    """The header of the file."""
    import laspy
    from laspy.vlrs.known import WktCoordinateSystemVlr

    header = laspy.LasHeader(point_format=7 if coloured else 6, version="1.4")
    header.creation_date = DAY
    header.system_identifier = "MERGE" if plane.crs is not None else LOCAL
    header.generating_software = "vtour"
    header.scales = np.full(3, SCALE_M)
    header.offsets = offsets
    header.global_encoding.wkt = True
    if plane.crs is not None:
        header.vlrs.append(WktCoordinateSystemVlr(plane.crs.to_wkt("WKT1_GDAL")))
    header.vlrs.append(
        laspy.VLR("LASF_Spec", TEXT_RECORD, "Text Area Description", plane.about.encode() + b"\0")
    )
    return header


def record_of(columns: Columns, plane: Plane, header: Any) -> Any:
    """Points of a chunk as laspy holds them."""
    import laspy

    count = len(columns["xyz"])
    record = laspy.ScaleAwarePointRecord.zeros(count, header=header)
    record.x, record.y, record.z = plane.coordinates(columns["xyz"]).T
    record.point_source_id = columns["station"] + np.uint16(1)
    record.return_number = np.ones(count, np.uint8)
    record.number_of_returns = np.ones(count, np.uint8)
    if "intensity" in columns:
        record.intensity = columns["intensity"]
    if "rgb" in columns:
        record.red, record.green, record.blue = (columns["rgb"].astype(np.uint16) * 257).T
    return record
