"""Reads what is known of scans in a work folder: what was read, how it fits, where it stands."""

from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import ValidationError

from vtour.errors import InputError
from vtour.frames import FloatArray, matrix_from_columns
from vtour.schema.base import Model
from vtour.schema.scans import (
    PlacedStation,
    PlacedStations,
    Registration,
    Station,
    StationList,
)

ModelT = TypeVar("ModelT", bound=Model)


def read_station_list(path: Path) -> list[Station]:
    """The scans that were read; none when there is no file. Raises InputError when damaged."""
    return read_if_there(path, StationList, StationList(stations=[])).stations


def read_registration(path: Path) -> Registration:
    """The registration; an empty one when there is no file. Raises InputError when damaged."""
    return read_if_there(path, Registration, Registration(stations=[]))


def read_placed_stations(path: Path) -> list[PlacedStation]:
    """The stations in the world; none when there is no file. Raises InputError when damaged."""
    return read_if_there(path, PlacedStations, PlacedStations(stations=[])).stations


def read_if_there(path: Path, kind: type[ModelT], nothing: ModelT) -> ModelT:
    """A contract's file, or ``nothing`` when there is no file. Raises InputError when damaged."""
    if not path.is_file():
        return nothing
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InputError(f"{path}: damaged ({reason}), build again") from None


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
