"""A closer look at a scan file: its headers, and what is wrong with it while it can be mended."""

from pathlib import Path

from vtour.clouds.e57 import check_pages
from vtour.clouds.headers import CloudHeaders
from vtour.clouds.read import read_cloud_headers
from vtour.clouds.station import check_points, check_usable_crs, cloud_warnings
from vtour.errors import InputError
from vtour.schema.inventory import CaptureFile, FileStatus


def look_at_scan(path: Path, file: CaptureFile) -> None:
    """Fill in what a scan file tells; one that is damaged, empty or in degrees is unusable.

    Of E57 all checksums are verified, text is read through, and every file must have a point that
    can be used. Damage in the middle of a LAZ is only found by the stage that reads all points.
    """
    try:
        headers = read_cloud_headers(path)
        file.points, file.stations = headers.points, _stations(headers)
        file.crs = headers.crs.text if headers.crs else None
        check_usable_crs(headers)
        if headers.kind == "E57 scans":
            check_pages(path)
        if headers.points:
            file.notes += check_points(path, headers)
    except InputError as error:
        reason = str(error).removeprefix(f"{path.name}: ")
        file.status, file.reason = FileStatus.unusable, reason
        return
    if not headers.points:
        file.status, file.reason = FileStatus.unusable, "0 points, expected a scan"
        return
    file.notes = [*cloud_warnings(path, headers), *file.notes]


def _stations(headers: CloudHeaders) -> int:
    return sum(scan.points > 0 for scan in headers.scans)
