"""What ``vtour info`` says of a path: tell its kind by content, then let a reader list facts.

Facts are a plain JSON object whose first field is ``kind``; what is not told by the file is
absent. Content decides before the name, because names lie.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vtour.cli.info_clouds import cloud_facts
from vtour.cli.info_colmap import database_facts, depth_map_facts, model_facts
from vtour.cli.info_folders import folder_facts
from vtour.cli.info_images import image_facts
from vtour.cli.info_models import glb_facts, gltf_facts, obj_facts, ply_facts
from vtour.cli.info_texts import json_facts, sums_facts, table_facts
from vtour.clouds.read import is_cloud_text
from vtour.errors import InputError
from vtour.files import kind_of_content
from vtour.model_files import read_models_file
from vtour.siteyaml import read_site

Facts = dict[str, Any]

CLOUD_TEXTS = (".ptx", ".pts", ".xyz")
MAP_HEADER = re.compile(rb"\d{1,6}&\d{1,6}&\d{1,3}&")
BY_CONTENT: dict[str, Callable[[Path], Facts]] = {
    "GLB": glb_facts,
    "PLY": ply_facts,
    "LAS": cloud_facts,
    "E57": cloud_facts,
    "PCD": cloud_facts,
    "JPEG": image_facts,
    "PNG": image_facts,
    "TIFF": image_facts,
    "WebP": image_facts,
    "COLMAP database": database_facts,
    "COLMAP map": depth_map_facts,
}
COLMAP_FILES = re.compile(r"(cameras|images|points3D|rigs|frames)\.(bin|txt)")
EXPECTED = (
    "a folder of captures, a work folder, a scene package, GLB, glTF, OBJ, PLY, LAS, LAZ, E57, "
    "PCD, PTX, XYZ, PTS, an image, a COLMAP model, database or depth map, or a file that vtour "
    "writes"
)


def info_of(path: Path) -> Facts:
    """Facts about anything that vtour reads or writes.

    Raises InputError, in one line, for a path that is not there, is of no known kind, or is
    damaged.
    """
    try:
        if path.is_dir():
            facts = folder_facts(path)
        elif path.is_file():
            facts = {**_file_facts(path), "bytes": path.stat().st_size}
        else:
            found = "not a regular file" if path.exists() else "not found"
            raise InputError(f"{path}: {found}, expected {EXPECTED}")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path}: cannot be read ({reason})") from None
    return {"kind": facts["kind"], "path": str(path), **facts}


def _file_facts(path: Path) -> Facts:
    content = content_of(path)
    if content in BY_CONTENT:
        return BY_CONTENT[content](path)
    if COLMAP_FILES.fullmatch(path.name):
        return model_facts(path.parent)
    if content == "text":
        reader = _text_reader(path)
        if reader is not None:
            return reader(path)
    raise InputError(f"{path.name}: found {content}, expected {EXPECTED}")


def content_of(path: Path) -> str:
    """What a file's first bytes say: ``kind_of_content`` and a few kinds more."""
    with path.open("rb") as stream:
        head = stream.read(64)
    if head.startswith(b"SQLite format 3\0"):
        return "COLMAP database"
    if MAP_HEADER.match(head):
        return "COLMAP map"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    return kind_of_content(path)


def _text_reader(path: Path) -> Callable[[Path], Facts] | None:
    name, suffix = path.name.lower(), path.suffix.lower()
    if name == "manifest-sha256.txt":
        return sums_facts
    if name == "models.yaml":
        return models_file_facts
    if suffix in (".yaml", ".yml"):
        return site_facts
    if suffix in CLOUD_TEXTS or is_cloud_text(path):
        return cloud_facts
    readers = {".json": json_facts, ".csv": table_facts, ".gltf": gltf_facts, ".obj": obj_facts}
    return readers.get(suffix)


def models_file_facts(path: Path) -> Facts:
    """What models.yaml says. Raises InputError with line and column when it is not valid."""
    told = read_models_file(path).models
    return {
        "kind": "models made elsewhere",
        "models": len(told),
        "placed": sum(entry.is_placed for entry in told),
        "files": [entry.file for entry in told],
    }


def site_facts(path: Path) -> Facts:
    """What site.yaml says. Raises InputError with line and column when it is not valid."""
    site = read_site(path)
    languages = sorted({tag for spot in site.hotspots for tag in spot.title} | set(site.name))
    facts: Facts = {"kind": "site description", "id": site.id, "name": site.name}
    if site.anchor:
        facts["anchor"] = site.anchor.to_json()
    if site.license:
        facts["license"] = site.license
    if site.credit:
        facts["credit"] = site.credit
    return {
        **facts,
        "languages": languages,
        "hotspots": len(site.hotspots),
        "tours": len(site.tours),
    }
