"""Whether the places that captures name are one place: swapped latitude and longitude, typos."""

import math

from vtour.schema.report import StageReport
from vtour.schema.site import SiteAnchor
from vtour.schema.world import Anchor

EARTH_RADIUS_KM = 6371.0
MAX_OFF_KM = 5.0


def fixes_and_anchor(
    middle: tuple[float, float], anchor: SiteAnchor | None, report: StageReport
) -> tuple[bool, SiteAnchor | None]:
    """Whether positions around ``middle`` can be used, and the anchor of site.yaml if it can be.

    Cameras are believed before the anchor, but for positions that are near it when swapped.
    """
    if are_swapped(middle[0], middle[1], anchor):
        report.warnings.append(
            "GPS: latitude and longitude are swapped in the photos, by the anchor of site.yaml: "
            "not used"
        )
        return False, anchor
    far = km_between(middle, (anchor.lat, anchor.lon)) if anchor else 0.0
    if far <= MAX_OFF_KM:
        return True, anchor
    report.warnings.append(
        f"site.yaml: its anchor is {far:,.0f} km from the GPS positions of the photos: not used"
    )
    return True, None


def km_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) in degrees, by the haversine formula."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(value) for value in (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def are_swapped(lat: float, lon: float, anchor: SiteAnchor | Anchor | None) -> bool:
    """Whether a place is near the anchor only with latitude and longitude swapped."""
    if anchor is None or abs(lon) > 90:
        return False
    there = (anchor.lat, anchor.lon)
    return km_between((lat, lon), there) > MAX_OFF_KM >= km_between((lon, lat), there)


def anchor_if_near(
    site_anchor: SiteAnchor | None, place: tuple[float, float], what: str, report: StageReport
) -> SiteAnchor | None:
    """The anchor of site.yaml; None, with a warning, when it is at another place.

    place : latitude and longitude, degrees, of ``what``.
    """
    if site_anchor is None:
        return None
    far = km_between(place, (site_anchor.lat, site_anchor.lon))
    if far <= MAX_OFF_KM:
        return site_anchor
    report.warnings.append(f"site.yaml: its anchor is {far:,.0f} km from {what}: not used")
    return None
