"""JSON Schemas and reference pages of tour.json and catalog.yaml, generated from the contracts.

``python -m vtour.schema.export`` writes them below docs/; a test fails when they are stale.
"""

import json
import sys
from pathlib import Path
from typing import Any

from vtour.files import write_text
from vtour.schema.base import Model
from vtour.schema.catalog import Catalog
from vtour.schema.catalog_page import catalog_page
from vtour.schema.gates import GateReport
from vtour.schema.inventory import Inventory
from vtour.schema.manifest_page import manifest_page
from vtour.schema.models import ModelsFile
from vtour.schema.privacy import PrivacyFile
from vtour.schema.report import StageReport
from vtour.schema.scans import PlacedStations
from vtour.schema.site import Site
from vtour.schema.tour import Tour
from vtour.schema.world import World

DIALECT = "https://json-schema.org/draft/2020-12/schema"

CONTRACTS: dict[str, type[Model]] = {
    "tour": Tour,
    "site": Site,
    "models": ModelsFile,
    "privacy": PrivacyFile,
    "report": StageReport,
    "inventory": Inventory,
    "world": World,
    "catalog": Catalog,
    "gates": GateReport,
    "stations": PlacedStations,
}


def schema_of(contract: type[Model]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the files that a contract describes."""
    schema = contract.model_json_schema(mode="validation")
    for body in (schema, *schema.get("$defs", {}).values()):
        for field in body.get("properties", {}).values():
            field.pop("title", None)  # else every field becomes a type of its own in TypeScript
    return {"$schema": DIALECT, **schema}


def generated_files() -> dict[str, str]:
    """What belongs below docs/: text by relative path."""
    pages = {
        f"schema/{name}.schema.json": json.dumps(
            schema_of(contract), ensure_ascii=False, indent=2, sort_keys=True
        )
        + "\n"
        for name, contract in CONTRACTS.items()
    }
    pages["catalog.md"] = catalog_page(schema_of(Catalog))
    pages["manifest.md"] = manifest_page(schema_of(Tour))
    return pages


def write_generated_files(docs: Path) -> None:
    """Write every generated file below ``docs``."""
    for name, text in generated_files().items():
        write_text(docs / name, text)


if __name__ == "__main__":
    write_generated_files(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
