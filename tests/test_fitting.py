"""Options lowered to the memory that is there, and remembered. The stage is a toy."""

from dataclasses import dataclass, replace

import pytest

from vtour import fitting, memory
from vtour.errors import ResourceError
from vtour.fitting import (
    Lowered,
    fit_memory,
    forget_lowered,
    keep_lowered,
    largest_fitting,
    lowered_for,
    read_lowered,
    with_lowered,
)
from vtour.memory import MemoryNeed
from vtour.options import StageOptions, option
from vtour.schema.report import StageReport
from vtour.stages import BY_NAME, Lowering, Stage
from vtour.workspace import Workspace

MB = 10**6


@dataclass(frozen=True, kw_only=True)
class SizeOptions(StageOptions):
    size_px: int = option(1000, "Side of a square.", minimum=100)


TOY = Stage(
    name="toy",
    about="",
    run=lambda *_: StageReport(stage="toy"),
    defaults=SizeOptions(),
    memory=lambda work, options: MemoryNeed(MB * options.size_px, "toy.size_px"),
    lowering=Lowering("size_px", step=64, least=512),
)


@pytest.fixture
def work(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def there(monkeypatch):
    """Sets the memory that is there, in MB."""

    def set_memory(megabytes):
        for module in (fitting, memory):
            monkeypatch.setattr(module, "memory_there", lambda: megabytes * MB)

    return set_memory


@pytest.mark.parametrize(
    ("limit", "found"),
    [(10_000, 960), (960, 960), (959, 896), (512, 512), (511, None)],  # below 1000, in steps of 64
)
def test_the_largest_whole_step_that_fits(limit, found):
    lowering = Lowering("size_px", step=64, least=512)
    assert largest_fitting(lowering, 1000, lambda value: value <= limit) == found


def test_what_fits_stays_as_it_is(work, there):
    there(1000)
    assert fit_memory(work, TOY, SizeOptions()) is None
    assert read_lowered(work) == {}


def test_what_does_not_fit_is_lowered_and_said(work, there):
    there(700)
    lowered = fit_memory(work, TOY, SizeOptions())
    assert with_lowered(SizeOptions(), lowered).size_px == 640
    assert str(lowered) == (
        "toy.size_px lowered from 1000 to 640: 1000 needs about 1.0 GB of memory, "
        "0.7 GB available; --force toy tries again"
    )


def test_it_stays_lowered_when_memory_comes_back(work, there):
    there(700)
    fit_memory(work, TOY, SizeOptions())
    there(5000)
    assert fit_memory(work, TOY, SizeOptions()).used == 640  # else a resumed run starts again


def test_less_memory_lowers_it_further_from_what_was_asked(work, there):
    there(700)
    fit_memory(work, TOY, SizeOptions())
    there(600)
    lowered = fit_memory(work, TOY, SizeOptions())
    assert (lowered.asked, lowered.used) == (1000, 576)


def test_other_options_and_force_try_anew(work, there):
    there(700)
    fit_memory(work, TOY, SizeOptions())
    assert lowered_for(work, TOY, SizeOptions()).used == 640
    assert lowered_for(work, TOY, SizeOptions(size_px=900)) is None
    forget_lowered(work, "toy")
    assert lowered_for(work, TOY, SizeOptions()) is None


def test_nothing_small_enough_is_an_error_in_one_line(work, there):
    there(300)
    with pytest.raises(ResourceError, match=r"toy: needs about 1\.0 GB of memory, 0\.3 GB"):
        fit_memory(work, TOY, SizeOptions())


def test_a_stage_that_lowers_nothing_is_checked_as_before(work, there):
    there(300)
    with pytest.raises(ResourceError, match=r"lower toy\.size_px"):
        fit_memory(work, replace(TOY, lowering=None), SizeOptions())


def test_the_switch_lets_it_try(work, there, monkeypatch):
    there(700)
    fit_memory(work, TOY, SizeOptions())
    monkeypatch.setenv(memory.SWITCH, "off")
    assert fit_memory(work, TOY, SizeOptions()) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"toy": 3}', '{"toy": {"stage": "toy"}}'])
def test_damaged_memory_of_it_is_none(work, text):
    work.state.mkdir()
    (work.state / "lowered.json").write_text(text)
    assert read_lowered(work) == {}


def test_several_are_kept(work):
    for stage in ("depth", "texture"):
        keep_lowered(work, Lowered(stage, "px", 2, 1, 0, 0))
    assert list(read_lowered(work)) == ["depth", "texture"]


@pytest.mark.parametrize("stage", [s for s in BY_NAME.values() if s.lowering])
def test_what_stages_lower_is_an_option_with_room(stage):
    value = getattr(stage.defaults, stage.lowering.option)
    assert value > stage.lowering.least >= stage.lowering.step > 0
    replace(stage.defaults, **{stage.lowering.option: stage.lowering.least})  # within its range
