"""Gate ``location``: the coordinates are known from somewhere, and lie in the declared commune."""

import math

from vtour.errors import InputError
from vtour.rollout.communes import KM_PER_DEGREE, Outline, commune, position
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.findings import bad, good
from vtour.rollout.outlines import read_outlines
from vtour.schema.catalog import LocationClass
from vtour.schema.gates import Finding

KNOWN = (LocationClass.surveyed, LocationClass.sourced)
FAR_KM = 2.0
"""A tour whose anchor lies further from the site is taken as that of another place."""


def check_location(case: Case) -> list[Finding]:
    """Class, commune, and that the tour was anchored where the site is said to be."""
    place = case.site.location
    found = [
        good(f"location_{place.certainty}", source=place.source or "")
        if place.certainty in KNOWN
        else bad(f"location_{place.certainty}")
    ]
    return [*found, *_in_commune(case), *_anchored(case)]


def _in_commune(case: Case) -> list[Finding]:
    site, place = case.site, case.site.location
    of_commune = commune(site.admin.commune_code)
    if of_commune is None:
        return [bad("location_no_commune", code=site.admin.commune_code)]
    try:
        outline = _outline(case)
    except InputError as error:
        return [bad("location_boundaries", why=str(error))]
    lies = position(place.lat, place.lon, of_commune, outline)
    values = {"lat": place.lat, "lon": place.lon, "commune": of_commune.name}
    if lies.inside:
        return [good(f"location_inside_{lies.area}", **values)]
    key, km = f"location_outside_{lies.area}", round(lies.km, 2)
    of = f"{place.lat} {place.lon} {of_commune.name}"
    return [bad(key, of=of, **values, km=km)]


def _outline(case: Case) -> Outline | None:
    """The commune's outline; None where the programme names none, or not this one's."""
    named = case.catalog.programme.boundaries
    if named is None:
        return None
    path = case.file(named)
    if path is None:
        raise InputError(f"{named}: not there")
    return read_outlines(path).get(case.site.admin.commune_code)


def _anchored(case: Case) -> list[Finding]:
    """Nothing to say of a tour without an anchor."""
    anchor = case.package.tour.anchor if case.package is not None else None
    if anchor is None:
        return []
    place = case.site.location
    north = (anchor.lat - place.lat) * KM_PER_DEGREE
    east = (anchor.lon - place.lon) * KM_PER_DEGREE * math.cos(math.radians(place.lat))
    km = round(math.hypot(north, east), 2)
    most = max(FAR_KM, (place.radius_m or 0) / 1000)
    key = "location_anchor" if km <= most else "location_anchor_far"
    values: dict[str, str | int | float] = {"km": km, "most": most}
    return [Finding(key=key, values=values, passed=km <= most, found=km, max=most, unit="km")]
