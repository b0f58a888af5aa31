"""What was done about privacy, for all that publish: the list of what is blurred, the review."""

import json

from vtour.errors import InputError
from vtour.files import text_digest
from vtour.schema.privacy import LookedAt, Region, Regions
from vtour.schema.tour import Privacy
from vtour.workspace import Workspace


def read_regions(work: Workspace) -> Regions | None:
    """What is blurred, as the stage ``blur`` left it; None when it has not been run.

    Raises InputError when the file is damaged.
    """
    path = work.privacy_regions
    if not path.is_file():
        return None
    try:
        return Regions.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: damaged ({reason}), build again") from None


def privacy_record(work: Workspace) -> Privacy | None:
    """What the manifest says of privacy; None when nothing was done about it."""
    found = read_regions(work)
    if found is None:
        return None
    return Privacy(proposed=found.proposed, blurred=len(found.regions), reviewed=found.reviewed)


def review_digest(images: list[LookedAt], proposals: list[Region], regions: list[Region]) -> str:
    """What a review signs: every image, every proposal, and the final list of boxes.

    Another image, another proposal or a box moved by a pixel give another digest.
    """
    signed = {
        "images": sorted([image.file, image.sha256] for image in images),
        "proposals": sorted(region.id for region in proposals),
        "regions": sorted([r.file, r.x_px, r.y_px, r.width_px, r.height_px] for r in regions),
    }
    return text_digest(json.dumps(signed, ensure_ascii=False, sort_keys=True))
