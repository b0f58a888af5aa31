"""What report.html says of the web versions: how alike they look to the master, with pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vtour.optimise.looks.entries import DETAILS
from vtour.report.pictures import data_uri
from vtour.schema.report import StageReport
from vtour.workspace import Workspace


@dataclass(frozen=True)
class LooksRow:
    """A derivative against the master: the worst of the views; distances in units of the scene."""

    name: str
    bytes: int
    ssim: float
    psnr_db: float
    silhouette_share: float
    silhouette_px: float
    hausdorff: float
    worst_view: int
    worst_light: str
    strip: str | None
    tries: list[tuple[int, float, int]]
    """Texture qualities that were tried: quality, SSIM, bytes."""


def looks_rows(work: Workspace, report: StageReport | None) -> list[LooksRow]:
    """The derivatives that the stage compared, coarse to fine."""
    entries: Mapping[str, Mapping[str, Any]] = report.details.get(DETAILS, {}) if report else {}
    return [_row(work, name, entry) for name, entry in entries.items()]


def _row(work: Workspace, name: str, entry: Mapping[str, Any]) -> LooksRow:
    path = work.looks_strip(name)
    return LooksRow(
        name=name,
        bytes=entry["bytes"],
        ssim=entry["ssim"],
        psnr_db=entry["psnr_db"],
        silhouette_share=entry["silhouette_share"],
        silhouette_px=entry["silhouette_px"],
        hausdorff=entry["hausdorff"],
        worst_view=entry["worst_view"] + 1,
        worst_light=entry["worst_light"],
        strip=data_uri("image/webp", path.read_bytes()) if path.is_file() else None,
        tries=[(each["quality"], each["ssim"], each["bytes"]) for each in entry.get("tries", [])],
    )
