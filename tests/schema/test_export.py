"""What is generated from the contracts: not stale, valid, and what the samples keep to."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import ValidationError
from sample_packages import manifest_of

from vtour.schema.catalog import (
    Catalog,
    CatalogSite,
    Deliverable,
    Location,
    Phase,
    Profile,
    Programme,
)
from vtour.schema.export import CONTRACTS, generated_files, schema_of
from vtour.schema.report import MEASURES
from vtour.schema.tour import Tour

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", generated_files())
def test_generated_files_are_not_stale(name):
    stored = (DOCS / name).read_text(encoding="utf-8")

    assert stored == generated_files()[name], "run: python -m vtour.schema.export"


def test_no_schema_is_left_over():
    stored = {path.name for path in (DOCS / "schema").iterdir()}

    assert stored == {f"{name}.schema.json" for name in CONTRACTS}


@pytest.mark.parametrize("name", CONTRACTS)
def test_schemas_are_valid_schemas(name):
    jsonschema.Draft202012Validator.check_schema(schema_of(CONTRACTS[name]))


def test_a_real_manifest_keeps_to_the_schema_and_a_wrong_one_does_not(tmp_path):
    manifest = Tour.model_validate(manifest_of(tmp_path)).to_json()
    schema = jsonschema.Draft202012Validator(schema_of(Tour))

    schema.validate(json.loads(json.dumps(manifest)))
    for wrong in (
        {"id": "A B"},
        {"world": {}},
        {"extra": 1},
        {"models": [{"id": "a"}]},
        {"files": {"../a": "0" * 64}},
        {"files": {"a": "0"}},
    ):
        assert list(schema.iter_errors({**manifest, **wrong})), wrong


def test_every_field_of_the_manifest_is_on_its_page():
    page = generated_files()["manifest.md"]

    for name in Tour.model_fields:
        assert f"| `{name}` |" in page


def test_every_field_and_measure_of_the_catalogue_is_on_its_page_with_a_meaning():
    page = generated_files()["catalog.md"]

    for contract in (Catalog, Programme, CatalogSite, Profile, Deliverable, Phase, Location):
        for name, field in contract.model_fields.items():
            assert f"| `{field.alias or name}` |" in page
    for name in MEASURES:
        assert f"| `{name}` |" in page
    assert not [line for line in page.splitlines() if line.endswith("|  |")]


def test_the_shipped_catalogue_keeps_to_the_schema_that_other_programs_use():
    value = yaml.load((DOCS.parent / "catalog.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
    schema = jsonschema.Draft202012Validator(schema_of(Catalog))

    schema.validate(json.loads(json.dumps(value, default=str)))
    value["sites"][0]["state"] = "done"
    assert list(schema.iter_errors(json.loads(json.dumps(value, default=str))))


def test_nan_is_no_number(tmp_path):
    manifest = manifest_of(tmp_path)
    manifest["start"]["position"][0] = float("nan")

    with pytest.raises(ValidationError, match="finite"):
        Tour.model_validate(manifest)
