"""Any cloud file: its headers, and its points in chunks, whatever the format."""

from collections.abc import Callable
from pathlib import Path

from vtour.clouds.e57 import e57_chunks, e57_headers
from vtour.clouds.headers import CloudHeaders, RawChunks
from vtour.clouds.las import las_chunks, las_headers
from vtour.clouds.pcd import pcd_chunks, pcd_headers
from vtour.clouds.ply import ply_chunks, ply_headers
from vtour.clouds.ptx import ptx_chunks, ptx_headers
from vtour.clouds.xyz import looks_like_cloud, xyz_chunks, xyz_headers
from vtour.errors import InputError
from vtour.files import kind_of_content

TEXT_SUFFIXES = (".xyz", ".pts", ".asc", ".txt", ".csv")
MAYBE_SUFFIXES = (".txt", ".csv", ".asc")
EXPECTED = "E57, LAS, LAZ, COPC, PLY, PCD, PTX, XYZ or PTS"

HEADERS: dict[str, Callable[[Path], CloudHeaders]] = {
    "E57": e57_headers,
    "LAS": las_headers,
    "PLY": ply_headers,
    "PCD": pcd_headers,
    "PTX": ptx_headers,
    "XYZ": xyz_headers,
}


def cloud_format(path: Path) -> str:
    """Format of a cloud: content decides before the suffix.

    Raises InputError when it is none.
    """
    content = kind_of_content(path)
    if content in HEADERS:
        return content
    suffix = path.suffix.lower()
    if content == "text" and suffix == ".ptx":
        return "PTX"
    if content == "text" and suffix in TEXT_SUFFIXES:
        return "XYZ"
    raise InputError(f"{path.name}: found {content}, expected {EXPECTED}")


def is_cloud_text(path: Path) -> bool:
    """Whether a file that may be any text, by its suffix, is a cloud."""
    return path.suffix.lower() in MAYBE_SUFFIXES and looks_like_cloud(path)


def read_cloud_headers(path: Path) -> CloudHeaders:
    """Headers of a cloud file.

    Raises InputError, in one line, when it is no cloud, damaged, cut short, or promises more
    than it can hold.
    """
    try:
        return HEADERS[cloud_format(path)](path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path.name}: cannot be read ({reason})") from None


def raw_chunks(path: Path, headers: CloudHeaders, scan: int = 0) -> RawChunks:
    """Points of one scan as the file has them. Raises InputError when damaged."""
    kind = cloud_format(path)
    if kind == "E57":
        return e57_chunks(path, headers, scan)
    if kind == "PTX":
        return ptx_chunks(path, headers, scan)
    one = {"LAS": las_chunks, "PLY": ply_chunks, "PCD": pcd_chunks, "XYZ": xyz_chunks}[kind]
    return one(path, headers)
