"""Reads the lists of scans in a work folder: what was read, and where the stations stand."""

from pathlib import Path

import numpy as np
from pydantic import ValidationError

from vtour.errors import InputError
from vtour.frames import FloatArray, matrix_from_columns
from vtour.schema.scans import PlacedStation, PlacedStations, Station, StationList


def read_station_list(path: Path) -> list[Station]:
    """The scans that were read; none when there is no file. Raises InputError when damaged."""
    if not path.is_file():
        return []
    try:
        return StationList.model_validate_json(path.read_bytes()).stations
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected scans") from None


def read_placed_stations(path: Path) -> list[PlacedStation]:
    """The stations in the world; none when there is no file. Raises InputError when damaged."""
    if not path.is_file():
        return []
    try:
        return PlacedStations.model_validate_json(path.read_bytes()).stations
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected stations") from None


def station_from_told(station: Station) -> FloatArray:
    """4x4: what people read off a scan, in the file's unit, to the frame ``station``.

    With a mirror that is the scanner's own frame already. Without one it is the file's, whose
    origin the reader moved near the points. Raises InputError for a file with a CRS: its
    coordinates are no frame of a scanner, and belong into a control point.
    """
    if station.has_mirror:
        return np.eye(4)
    if station.enu_anchor is not None:
        raise InputError(f"{station.file}: its coordinates are of {station.crs}, not of a scanner")
    scale: FloatArray = np.diag([station.metres_per_unit] * 3 + [1.0])
    if station.file_from_station is None:
        return scale
    result: FloatArray = np.linalg.inv(matrix_from_columns(station.file_from_station)) @ scale
    return result
