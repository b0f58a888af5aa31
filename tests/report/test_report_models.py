"""The part of report.html on models made elsewhere."""

import numpy as np
import pytest

from tests.tour.test_package_made_models import IDENTITY, WORLD, write_made
from vtour.files import write_json
from vtour.report.models import model_rows
from vtour.report_page import frame_sentences
from vtour.schema.models import MadeModels, PlacedBy
from vtour.schema.world import World
from vtour.workspace import Workspace

LOOKS = {"thumb": {"ssim": 0.9}, "high": {"ssim": 0.985}}


@pytest.fixture
def work(tmp_path):
    work = Workspace(tmp_path)
    gate = write_made(work, "gate", np.eye(4), looks=LOOKS, faces=120)
    stele = write_made(work, "stele", np.eye(4))
    stele.placed_by, stele.poster = PlacedBy.unknown, None
    (work.made_model("stele") / "poster.webp").unlink()
    write_json(work.made_models, MadeModels(models=[gate, stele]).to_json())
    (work.made_model("gate") / "looks").mkdir()
    (work.made_model("gate") / "looks" / "high.webp").write_bytes(b"picture")
    return work


def test_size_place_versions_and_pictures(work):
    gate, stele = model_rows(work)
    assert (gate.id, gate.faces, gate.size) == ("gate", 120, (2, 2, 4))
    assert (gate.place, gate.is_placed) == ("by its position", True)
    assert [(one.name, one.ssim) for one in gate.versions] == [
        ("thumb", 0.9), ("medium", None), ("high", 0.985),
    ]  # fmt: skip
    assert gate.poster.startswith("data:image/webp") and gate.strip.startswith("data:image/webp")
    assert (stele.is_placed, stele.poster, stele.strip) == (False, None, None)


def test_a_damaged_list_hides_the_part_only(work):
    work.made_models.write_text("{")
    assert model_rows(work) == []
    work.made_models.unlink()
    assert model_rows(work) == []


def test_what_is_known_of_a_site_of_models_alone():
    unknown = {**WORLD, "scale": "unknown", "scale_source": "none"}
    said = frame_sentences(
        World.model_validate({**unknown, "world_from_sfm": IDENTITY}), False, True
    )
    assert "units in models.yaml" in said[0] and "the models' files say" in said[2]
