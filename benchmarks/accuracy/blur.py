"""Heads that the face detector finds in ``ruin-360``, by their height, and its false alarms.

    python -m benchmarks.accuracy.blur

All heads of the 8 panoramas were labelled by hand, hats included, in pixels of the files
(``ruin_heads.csv``), with what is to be seen of the face: frontal, profile, hidden (from behind,
from above, under a hat) or unclear (a few dark pixels). No number plate is in view. A head counts
as found when its middle lies in a proposal between 0.4 and 2.5 times its height.

Few of these heads show a face at all, and the cascade knows frontal faces only: that is what these
figures say, and why publishing depends on a person who looks and signs, never on the recall.
"""

import csv
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import append_results, real_captures
from vtour.files import file_digest
from vtour.panorama.blur import BLUR_DEFAULTS, find_faces, region_from_face
from vtour.panorama.hide import Placement
from vtour.panorama.searched import Picture

LABELS = Path(__file__).with_name("ruin_heads.csv")
WIDTH_PX, HEIGHT_PX = 4096, 2048
BINS = [(0, 12), (12, 24), (24, 48), (48, 1000)]
SCORES = [12.0, 20.0, BLUR_DEFAULTS.least_score]


def main():
    captures = real_captures("ruin-360")
    if captures is None:
        return
    heads = list(csv.DictReader(LABELS.open(newline="")))
    paths = sorted((captures / "panoramas").glob("*.jpg"))
    started = time.process_time()
    proposals = {path.name: proposed(path, min(SCORES)) for path in paths}
    seconds = (time.process_time() - started) / len(paths)
    rows = []
    for score in SCORES:
        kept = {name: best(regions, score) for name, regions in proposals.items()}
        rows += rows_of(heads, kept, score, seconds)
    append_results("blur", rows)


def proposed(path, least_score):
    """Everything in one panorama with at least that score, the best first."""
    picture = Picture(
        name=path.name,
        path=path,
        sha256=file_digest(path),
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        placement=Placement(WIDTH_PX),
    )
    options = replace(BLUR_DEFAULTS, least_score=least_score, most=1000)
    return [region_from_face(face, picture) for face in find_faces(picture, options)]


def best(regions, score):
    return [region for region in regions if region.score >= score][: BLUR_DEFAULTS.most]


def rows_of(heads, kept, score, seconds):
    """One row a bin of heights, one for the heads that show a face from the front, one for all."""
    hits = [any(is_at(head, region) for region in kept[head["file"]]) for head in heads]
    wrong = sum(
        not any(is_at(head, region) for head in heads if head["file"] == name)
        for name, regions in kept.items()
        for region in regions
    )
    sets = {
        f"{low}-{high} px" if high < 1000 else f"{low} px and more": [
            low <= int(head["height_px"]) < high for head in heads
        ]
        for low, high in BINS
    }
    sets["frontal"] = [head["view"] == "frontal" for head in heads]
    sets["all"] = [True] * len(heads)
    for name, chosen in sets.items():
        count = sum(chosen)
        found = sum(hit for hit, is_in in zip(hits, chosen, strict=True) if is_in)
        yield {
            "captures": "ruin-360",
            "panoramas": len(kept),
            "least_score": score,
            "heads": name,
            "labelled": count,
            "found": found,
            "recall": round(found / count, 3) if count else "",
            "false_alarms_per_panorama": round(wrong / len(kept), 2),
            "cpu_seconds_per_panorama": round(seconds, 1),
        }


def is_at(head, region):
    x, y, width, height = (int(head[name]) for name in ("x_px", "y_px", "width_px", "height_px"))
    across = (x + width / 2 - region.x_px) % WIDTH_PX
    down = y + height / 2 - region.y_px
    inside = across <= region.width_px and 0 <= down <= region.height_px
    return inside and 0.4 * height <= region.height_px <= 2.5 * height


if __name__ == "__main__":
    main()
