"""Places of a catalogue: communes by code and name, coordinates against them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from vtour.errors import InputError
from vtour.rollout.catalog_file import Problem, Reading, Words
from vtour.rollout.communes import (
    PROVINCES,
    Commune,
    Outline,
    codes_like,
    commune,
    communes,
    communes_like,
    is_in_province,
    is_name_of,
    position,
    province_box,
)
from vtour.rollout.refusals import line_of_error
from vtour.schema.catalog import CatalogSite, LocationClass
from vtour.yaml_marks import Loc

NOT_SURE = (LocationClass.unverified, LocationClass.placeholder)


def swapped_instead(reading: Reading, problem: Problem) -> Problem:
    """The problem, said better when latitude and longitude were exchanged: lat is then above 90."""
    if problem.key != "wrong_bound" or problem.values.get("field") != "location.lat":
        return problem
    document = reading.document
    if document is None or not isinstance(document.value.get("sites"), list):
        return problem
    for index, site in enumerate(document.value["sites"]):
        lat_at = ("sites", index, "location", "lat")
        if document.place(lat_at) == problem.place:
            lat, lon = site["location"]["lat"], site["location"].get("lon")
            if _is_latitude(lon):
                return replace(problem, key="swapped", values={"lat": lat, "lon": lon})
    return problem


def _is_latitude(text: object) -> bool:
    try:
        return -90 <= float(str(text)) <= 90
    except ValueError:
        return False


def place_problems(reading: Reading, path: Path | None) -> Iterator[Problem]:
    """What is wrong with communes and coordinates.

    path : of the catalogue, when what lies beside it counts: the outlines of communes.
    """
    if reading.programme is None:
        return
    province = reading.programme.province_code
    if province not in PROVINCES:
        values = {"province": province}
        yield Problem(
            "no_communes", reading.place("programme", "province_code"), False, None, values
        )
    outlines: Mapping[str, Outline] = {}
    if path is not None and reading.programme.boundaries is not None:
        try:
            outlines = outlines_of(path, reading.programme.boundaries)
        except InputError as error:
            place = reading.place("programme", "boundaries")
            yield Problem("boundaries", place, values={"message": line_of_error(error)})
    for index, site in reading.sites.items():
        loc = ("sites", index)
        if site.admin.province_code != province:
            place = reading.place(*loc, "admin", "province_code")
            values = {"found": site.admin.province_code, "expected": province}
            yield Problem("province_other", place, False, site.id, values)
        elif province in PROVINCES:
            yield from _of_site(reading, loc, site, outlines)
        if site.location.certainty in NOT_SURE:
            certainty = Words(f"class_{site.location.certainty}")
            place, unsure = reading.place(*loc, "location", "class"), {"certainty": certainty}
            yield Problem("unverified", place, False, site.id, unsure)


def outlines_of(catalog: Path, boundaries: str) -> Mapping[str, Outline]:
    """The outlines that a programme names, by code.

    Raises InputError when the file is not beside the catalogue or below, or cannot be used.
    """
    from vtour.files import path_inside
    from vtour.rollout.outlines import read_outlines

    return read_outlines(path_inside(catalog.parent, boundaries))


def _of_site(
    reading: Reading, loc: Loc, site: CatalogSite, outlines: Mapping[str, Outline]
) -> Iterator[Problem]:
    admin, location = site.admin, site.location
    known = commune(admin.commune_code)
    if known is None:
        close = communes_like(admin.commune) or codes_like(admin.commune_code)
        values = {"found": admin.commune_code, "province": admin.province_code}
        place = reading.place(*loc, "admin", "commune_code")
        yield Problem("unknown_commune", place, True, site.id, {**values, "hint": _named(close)})
    elif not is_name_of(admin.commune, known):
        values = {"code": known.code, "expected": known.name, "found": admin.commune}
        hint = _named(communes_like(admin.commune, 1))
        place = reading.place(*loc, "admin", "commune")
        yield Problem("not_commune_name", place, True, site.id, {**values, "hint": hint})
    here = reading.place(*loc, "location", "lat")
    if not is_in_province(location.lat, location.lon):
        west, south, east, north = province_box()
        box = {"lat": location.lat, "lon": location.lon}
        bounds = {"west": west, "south": south, "east": east, "north": north}
        yield Problem("outside_province", here, True, site.id, {**box, **bounds})
    elif known is not None:
        yield from _outside(site, known, outlines, here)


def _outside(
    site: CatalogSite,
    known: Commune,
    outlines: Mapping[str, Outline],
    here: tuple[int, int] | None,
) -> Iterator[Problem]:
    """A place farther outside its commune than it may be off: a warning where that is inferred."""
    location = site.location
    found = position(location.lat, location.lon, known, outlines.get(known.code))
    if found.km * 1000 <= (location.radius_m or 0):
        return
    lies_in = [
        each
        for each in communes().values()
        if position(location.lat, location.lon, each, outlines.get(each.code)).inside
    ]
    values = {
        "lat": location.lat,
        "lon": location.lon,
        "km": f"{found.km:.1f}" if found.km >= 0.05 else f"{found.km:.3f}",
        "area": Words(found.area),
        "commune": known.name,
        "hint": _named(lies_in),
    }
    yield Problem("not_in_commune", here, not site.admin.inferred, site.id, values)


def _named(close: list[Commune]) -> Words | str:
    """Communes that may have been meant, as the end of a line."""
    names = ", ".join(f"{each.code} {each.name}" for each in close[:3])
    return Words("meant", {"fields": names}) if names else ""
