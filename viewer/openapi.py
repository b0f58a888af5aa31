"""The OpenAPI 3.1 description of /api/v1, made from the answers' models.

A test sees that every route is described here and that every description is a route.
"""

import re
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from viewer import api_models, rollout_models
from vtour import __version__
from vtour.schema.base import Model
from vtour.schema.catalog import SiteState

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
DEGREES = "west,south,east,north in degrees of WGS 84 (CRS84); heights between are not looked at."
ANSWERS: dict[str, tuple[type[Model] | None, bool]] = {
    "/api/v1/tours": (api_models.TourList, True),
    "/api/v1/tours/{tour_id}": (api_models.TourDetail, True),
    "/api/v1/tours/{tour_id}/models": (api_models.ModelList, False),
    "/api/v1/tours/{tour_id}/nodes": (api_models.NodeList, True),
    "/api/v1/tours/{tour_id}/hotspots": (api_models.HotspotList, True),
    "/api/v1/openapi.json": (None, False),
    "/api/v1/docs": (None, False),
}
"""Path: the model of its answer (None: no fixed model), and whether it takes ``?lang=``."""
OGC = "/api/v1/ogc"
GEOJSON = "application/geo+json"
FEATURES = (rollout_models.SiteFeatures, rollout_models.SiteFeature)
DEFAULT_LIMIT, MAX_LIMIT = 10, 1000
"""Of the features of one answer."""
ROLLOUT_ANSWERS: dict[str, tuple[type[Model] | None, bool]] = {
    "/api/v1/sites": (rollout_models.SiteList, True),
    "/api/v1/sites/{site_id}": (rollout_models.SiteDetailOut, True),
    "/api/v1/sites.geojson": (rollout_models.SiteFeatures, True),
    "/api/v1/kpi": (rollout_models.KpiList, True),
    "/api/v1/kpi/dictionary": (rollout_models.KpiDictionary, True),
    OGC: (rollout_models.OgcLanding, True),
    f"{OGC}/conformance": (rollout_models.OgcConformance, False),
    f"{OGC}/collections": (rollout_models.OgcCollections, True),
    f"{OGC}/collections/sites": (rollout_models.OgcCollection, True),
    f"{OGC}/collections/sites/items": (rollout_models.SiteFeatures, True),
    f"{OGC}/collections/sites/items/{{site_id}}": (rollout_models.SiteFeature, True),
}
"""The same for what is there only with a catalogue."""

TOUR_ID = {
    "name": "tour_id",
    "in": "path",
    "required": True,
    "description": "The id that tour.json says.",
    "schema": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"},
}
SITE_ID = {**TOUR_ID, "name": "site_id", "description": "The id that the catalogue says."}
LANG = {
    "name": "lang",
    "in": "query",
    "required": False,
    "description": "Gives texts as plain strings in this language, else in a close one, in "
    "Vietnamese, in English, or in the first there is. Without it texts are maps by language tag.",
    "schema": {"type": "string", "pattern": f"^{LANGUAGE_TAG.pattern}$"},
}


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "style": "form",
        "explode": False,
        "description": description,
        "schema": schema,
    }


ITEMS = [
    _query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "The most features of an answer; more than the maximum counts as the maximum.",
    ),
    _query("offset", {"type": "integer", "minimum": 0, "default": 0}, "How many are left out."),
    _query(
        "bbox",
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        f"{DEGREES} Sites without a place are in every box.",
    ),
    _query(
        "datetime",
        {"type": "string"},
        "When a site came into its state: a time (RFC 3339), or an interval with / whose open end "
        "is .. or nothing. Sites without a time are in every interval.",
    ),
    _query("phase", {"type": "string"}, "The id of a phase."),
    _query("state", {"type": "string", "enum": list(SiteState)}, "A state."),
]


def openapi_document(app: Flask) -> dict[str, Any]:
    """The description, with each route's own docstring."""
    answers = dict(ANSWERS)
    if "rollout_api" in app.blueprints:
        answers |= ROLLOUT_ANSWERS
    models: list[type[BaseModel]] = [m for m, _ in answers.values() if m is not None]
    models.append(api_models.Problem)
    _, schemas = models_json_schema(
        [(model, "serialization") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vtour",
            "version": __version__,
            "description": "Tours of scenic and heritage sites: metadata, models, standpoints and "
            "hotspots, for other viewers and apps. Fields without a value are absent. "
            "World coordinates: +X east, +Y up, -Z north, metres when scale is metric.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            path: {"get": _operation(app, path, *answer)} for path, answer in answers.items()
        },
        "components": {
            "schemas": _without_nulls(schemas["$defs"]),
            "responses": {"Problem": _problem_response()},
        },
    }


def _operation(app: Flask, path: str, model: type[Model] | None, speaks: bool) -> dict[str, Any]:
    rule = re.sub(r"\{(\w+)\}", r"<\1>", path)
    endpoint = next(r.endpoint for r in app.url_map.iter_rules() if r.rule == rule)
    about = (app.view_functions[endpoint].__doc__ or "").strip()
    parameters = [each for each in (TOUR_ID, SITE_ID) if f"{{{each['name']}}}" in path]
    parameters += ([LANG] if speaks else []) + (ITEMS if path.endswith("/items") else [])
    responses: dict[str, Any] = {
        "200": {"description": about, "content": _content(path, model), "headers": _headers()},
        "304": {"description": "The reader has this already (If-None-Match)."},
    }
    if speaks or path.startswith(OGC):
        responses["400"] = {"$ref": "#/components/responses/Problem"}
    if "{" in path:
        responses["404"] = {"$ref": "#/components/responses/Problem"}
    return {
        "operationId": endpoint.removeprefix("api.").replace(".", "_"),
        "summary": about,
        "parameters": parameters,
        "responses": responses,
    }


def _content(path: str, model: type[Model] | None) -> dict[str, Any]:
    if path.endswith("/docs"):
        return {"text/html": {"schema": {"type": "string"}}}
    if model is None:
        return {"application/json": {"schema": {"type": "object"}}}
    kind = GEOJSON if model in FEATURES else "application/json"
    return {kind: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _headers() -> dict[str, Any]:
    return {"ETag": {"description": "Strong.", "schema": {"type": "string"}}}


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "A problem document (RFC 9457).",
        "content": {"application/problem+json": {"schema": schema}},
    }


def _without_nulls(schemas: dict[str, Any]) -> dict[str, Any]:
    """Say that fields without a value are absent: never null, and then not required."""
    for schema in schemas.values():
        fields = schema.get("properties", {})
        nullable = {name for name, spec in fields.items() if _is_nullable(spec)}
        for name in nullable:
            kinds = [kind for kind in fields[name]["anyOf"] if kind.get("type") != "null"]
            rest = {k: v for k, v in fields[name].items() if k not in ("anyOf", "default")}
            fields[name] = {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}
        if "required" in schema:
            schema["required"] = [n for n in schema["required"] if n not in nullable]
    return schemas


def _is_nullable(spec: dict[str, Any]) -> bool:
    return any(kind.get("type") == "null" for kind in spec.get("anyOf", []))
