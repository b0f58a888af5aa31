"""What the report of a stage says of a derivative: how it looks, how far off it lies, its bytes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vtour.optimise.looks.compare import Looks
from vtour.optimise.looks.distances import Distances
from vtour.optimise.looks.quality import Try
from vtour.schema.report import StageReport

DETAILS = "looks"
"""Key of a stage report's details: {name of the derivative: entry}, coarse to fine."""


def looks_entry(
    looks: Looks,
    distances: Distances,
    size_bytes: int,
    tries: Sequence[Try] = (),
) -> dict[str, Any]:
    """One derivative, as JSON.

    tries : the texture qualities that were measured on the way.
    """
    entry = {
        "bytes": size_bytes,
        **looks.to_json(),
        "hausdorff": distances.hausdorff,
        "distances": distances.to_json(),
    }
    if tries:
        entry["tries"] = [{**asdict(each), "ssim": round(each.ssim, 5)} for each in tries]
    return entry


def record_looks(report: StageReport, entries: dict[str, dict[str, Any]], *, metric: bool) -> None:
    """Put the entries into a report, and the measures of the finest derivative, the last one.

    metric : whether the scene's unit is the metre; else no distance in metres is measured.
    """
    if not entries:
        return
    report.details[DETAILS] = entries
    name, finest = list(entries.items())[-1]
    views = len({each["view"] for each in finest["views"]})
    report.measure("derivative_ssim", finest["ssim"], n=views, note=name)
    report.measure("derivative_psnr", finest["psnr_db"], n=views, note=name)
    report.measure("derivative_silhouette", finest["silhouette_share"], n=views, note=name)
    if metric:
        report.measure("derivative_hausdorff", finest["hausdorff"], note=name)
