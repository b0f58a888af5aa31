"""The panoramas of one site, whatever they came from: one list for every stage."""

import json
from dataclasses import dataclass
from pathlib import Path

from vtour.errors import CaptureError
from vtour.schema.inventory import CaptureFile, GpsFix
from vtour.slugs import id_from_name
from vtour.workspace import Workspace

GPano = dict[str, str | float | bool]


@dataclass(frozen=True, kw_only=True)
class PanoramaSource:
    """One equirectangular panorama, captured or stitched, as it is before levelling.

    id    : slug of the file's stem or of the set's folder: the node's id.
    name  : its path in the inventory, or ``stitched/<id>.jpg``: the key of blurred copies.
    path  : where it lies.
    sha256 : of the file.
    width_px, height_px : of the file, which GPano may call a part of a larger sphere.
    """

    id: str
    name: str
    path: Path
    width_px: int
    height_px: int
    sha256: str
    gpano: GPano
    gps: GpsFix | None = None


def panorama_sources(work: Workspace) -> list[PanoramaSource]:
    """All panoramas that can be used: captured ones in the order of their paths, then stitched.

    Raises CaptureError when two have the same id.
    """
    sources = [_captured(work, file) for file in work.files.usable_panoramas()]
    sources += _stitched(work)
    taken_by: dict[str, str] = {}
    for source in sources:
        other = taken_by.setdefault(source.id, source.name)
        if other != source.name:
            raise CaptureError(
                f"{source.name}: node id {source.id!r} is used by {other} too, rename one of them"
            )
    return sources


def _captured(work: Workspace, file: CaptureFile) -> PanoramaSource:
    return PanoramaSource(
        id=id_from_name(Path(file.path).stem),
        name=file.path,
        path=work.capture_path(file),
        width_px=file.width_px or 0,
        height_px=file.height_px or 0,
        sha256=file.sha256,
        gpano=file.gpano or {},
        gps=file.gps,
    )


def _stitched(work: Workspace) -> list[PanoramaSource]:
    listing = work.stitched / "stitched.json"
    if not listing.is_file():
        return []
    found = json.loads(listing.read_text(encoding="utf-8"))["panoramas"]
    return [
        PanoramaSource(
            id=one["id"],
            name=f"stitched/{one['id']}.jpg",
            path=work.stitched / f"{one['id']}.jpg",
            width_px=one["width_px"],
            height_px=one["height_px"],
            sha256=one["sha256"],
            gpano=one["gpano"],
            gps=GpsFix.model_validate(one["gps"]) if one.get("gps") else None,
        )
        for one in found
    ]
