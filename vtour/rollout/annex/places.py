"""Commune and location of a row of an annex."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vtour.rollout.annex.coordinates import degrees_in, pair_in
from vtour.rollout.communes import (
    KM_PER_DEGREE,
    PROVINCES,
    Commune,
    commune,
    communes_like,
    has_no_tones,
    has_tones_of,
    is_in_province,
    plain_name,
    position,
)

LATITUDES, LONGITUDES = (8.0, 24.0), (102.0, 110.0)
"""Between which Vietnam lies on land: what is outside may have been swapped."""
DECIMALS = 6


@dataclass(frozen=True)
class Found:
    """Where a site is administered, or why that cannot be said.

    fault, note : keys of words/; ``values`` fill both.
    """

    admin: dict[str, Any] | None = None
    commune: Commune | None = None
    fault: str | None = None
    note: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a site is, as catalog.yaml has it, or why that cannot be said.

    column : which one is at fault: lat, lon or place.
    """

    location: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None
    column: str = "lat"
    note: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def commune_of(name: str, code: str, district: str, province: str, *, former: bool) -> Found:
    """The commune of today by its code, else by its name.

    district : of before July 2025.
    former   : whether the annex has districts: then the name may be that of a commune of then, and
               one of today that is called alike is only concluded.
    """
    if province not in PROVINCES:
        return Found(fault="annex_province", values={"province": province})
    if code:
        padded = code.zfill(5)
        found = commune(padded)
        if found is None:
            return Found(fault="annex_commune_code", values={"code": code})
        return Found(_admin(found, district, name if district else ""), found)
    if not name:
        return Found(fault="annex_no_commune")
    alike = communes_like(name)
    same = [each for each in alike if plain_name(each.name) == plain_name(name)]
    toneless = has_no_tones(name)
    if not toneless:
        same = [each for each in same if has_tones_of(name, each)]
    if len(same) == 1:
        admin = _admin(same[0], district, name if district else "")
        if not (former or (toneless and not has_tones_of(name, same[0]))):
            return Found(admin, same[0])
        values = {
            "name": name,
            "district": district or "–",
            "code": same[0].code,
            "commune": same[0].name,
        }
        return Found({**admin, "inferred": True}, same[0], note="annex_inferred", values=values)
    hints = ", ".join(f"{each.name} {each.code}" for each in alike)
    fault = "annex_former_commune" if former else "annex_commune"
    values = {"name": name, "district": district or "–", "hints": hints or "–"}
    return Found(fault=fault, values=values)


def _admin(found: Commune, district: str, former: str) -> dict[str, Any]:
    admin: dict[str, Any] = {}
    if district:
        admin["former_district"] = district
    if former:
        admin["former_commune"] = former
    return {**admin, "commune_code": found.code, "commune": found.name}


def place_of(texts: Mapping[str, str], of: Commune | None, source: str | None) -> Place:
    """The location that a row says, else a placeholder in the middle of its commune."""
    if texts["place"] and not (texts["lat"] or texts["lon"]):
        pair = pair_in(texts["place"])
        if pair is None:
            return Place(fault="annex_degrees", column="place", values={"text": texts["place"]})
        lat, lon = pair
    elif not texts["lat"] and not texts["lon"]:
        return _placeholder(of)
    else:
        found = {name: degrees_in(texts[name]) for name in ("lat", "lon")}
        for name, value in found.items():
            if value is None:
                values = {"text": texts[name] or "–"}
                return Place(fault="annex_degrees", column=name, values=values)
        lat, lon = found["lat"] or 0.0, found["lon"] or 0.0
    return _checked(round(lat, DECIMALS), round(lon, DECIMALS), of, source)


def _checked(lat: float, lon: float, of: Commune | None, source: str | None) -> Place:
    values: dict[str, Any] = {"lat": lat, "lon": lon}
    if _within(lon, LATITUDES) and _within(lat, LONGITUDES):
        return Place(fault="annex_swapped", values=values)
    if not is_in_province(lat, lon):
        return Place(fault="annex_outside_province", values=values)
    if of is not None:
        where = position(lat, lon, of)
        if not where.inside:
            values |= {"commune": of.name, "km": f"{where.km:.1f}"}
            return Place(fault="annex_outside_commune", values=values)
    location: dict[str, Any] = {"lat": lat, "lon": lon}
    location["class"] = "sourced" if source else "unverified"
    return Place({**location, **({"source": source} if source else {})})


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _placeholder(of: Commune | None) -> Place:
    """The middle of the commune, with a radius that holds all of its box."""
    if of is None:
        return Place()
    north = max(of.north - of.lat, of.lat - of.south) * KM_PER_DEGREE
    east = max(of.east - of.lon, of.lon - of.west) * KM_PER_DEGREE
    radius_m = math.ceil(10 * math.hypot(north, east * math.cos(math.radians(of.lat)))) * 100
    location = {"lat": of.lat, "lon": of.lon, "class": "placeholder", "radius_m": radius_m}
    values = {"commune": of.name, "radius": radius_m}
    return Place(location, note="annex_placeholder", values=values)
