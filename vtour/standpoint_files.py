"""Reads standpoints.json and links.json of a work folder."""

from pathlib import Path

from pydantic import ValidationError

from vtour.errors import InputError
from vtour.schema.standpoints import Standpoint, Standpoints, Ways


def read_standpoints(path: Path) -> list[Standpoint]:
    """All standpoints; none when there is no file. Raises InputError for a damaged one."""
    if not path.is_file():
        return []
    try:
        points = Standpoints.model_validate_json(path.read_bytes()).standpoints
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected standpoints") from None
    ids = [point.id for point in points]
    if twice := next((node for node in ids if ids.count(node) > 1), None):
        raise InputError(f"{path}: node id {twice!r} is used twice, expected unique ids")
    return points


def read_ways(path: Path) -> Ways:
    """The links of a site; none when there is no file. Raises InputError for a damaged one."""
    if not path.is_file():
        return Ways()
    try:
        return Ways.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected links") from None
