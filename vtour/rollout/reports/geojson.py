"""The sites as GeoJSON (RFC 7946): WGS 84, longitude before latitude.

A placeholder has no geometry: nobody is to be sent where a site is not. Its class and radius are
among its properties.
"""

import json
from typing import Any

from vtour.rollout.situation import Situation
from vtour.rollout.timeline import day_of, lateness, phases_by_id, standing
from vtour.schema.catalog import CatalogSite, LocationClass

PLACES = 6
"""Decimal places of degrees: a decimetre, as RFC 7946 section 11.2 has it."""


def geojson_of(situation: Situation) -> bytes:
    """All sites as one FeatureCollection."""
    programme = situation.catalog.programme
    value = {
        "type": "FeatureCollection",
        "name": programme.name,
        "notice": programme.notice,
        "date": situation.today.isoformat(),
        "features": [_feature(situation, site) for site in situation.catalog.sites],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _feature(situation: Situation, site: CatalogSite) -> dict[str, Any]:
    place = site.location
    geometry = None
    if place.certainty is not LocationClass.placeholder:
        point = [round(place.lon, PLACES), round(place.lat, PLACES)]
        geometry = {"type": "Point", "coordinates": point}
    return {
        "type": "Feature",
        "id": site.id,
        "geometry": geometry,
        "properties": _properties(situation, site),
    }


def _properties(situation: Situation, site: CatalogSite) -> dict[str, Any]:
    late = lateness(site, phases_by_id(situation.catalog).get(site.phase), situation.today)
    stands = standing(site)
    return {
        "id": site.id,
        "phase": site.phase,
        "name": site.name,
        "kind": site.kind,
        "ranking": site.ranking.level,
        "former_district": site.admin.former_district,
        "commune_code": site.admin.commune_code,
        "commune": site.admin.commune,
        "location_class": str(site.location.certainty),
        "location_radius_m": site.location.radius_m,
        "location_source": site.location.source,
        "border_zone": site.location.border_zone,
        "state": str(site.state),
        "since": day_of(site.history[-1].at).isoformat() if site.history else None,
        "late": late is not None,
        "accepted": bool(stands),
        "contractor": site.contractor,
    }
