"""The plan of a run: which stages it counts, what it lowers, what it says."""

import json

import pytest
from click.testing import CliRunner

from tests.sample_photos import texture, write_photo
from vtour import fitting, memory, plan
from vtour.cli.build import planner_for
from vtour.cli.main import cli
from vtour.cli.progress import BarDisplay, JsonDisplay, NoDisplay, PlainDisplay
from vtour.fitting import Lowered, lowered_for, read_lowered
from vtour.machine_speed import REFERENCE
from vtour.pipeline import run_stages
from vtour.plan import Plan, StagePlan, duration, keep_plan, make_plan, read_plan
from vtour.profiles import Profile, profile_options, with_settings
from vtour.stages import BY_NAME, STAGES
from vtour.workfolder import open_work
from vtour.workload import Captured, loads

WEB = profile_options(Profile.web)
UP_TO_BLUR = STAGES[1 : 1 + [stage.name for stage in STAGES].index("blur")]
SAMPLE = Plan(
    (StagePlan("features", 4.0, 10**9), StagePlan("depth", 300.0, 2 * 10**9, resumes=True)),
    (Lowered("depth", "depth_px", 1024, 512, 3 * 10**9, 2 * 10**9),),
)


@pytest.fixture
def work(tmp_path):
    """A work folder after its inventory: four photos."""
    captures = tmp_path / "captures"
    for number in range(4):
        write_photo(captures / "photos" / f"{number}.jpg", texture(400, 300, number))
    work = open_work(tmp_path / "work", captures)
    for _ in run_stages(work, STAGES[:1], WEB):
        pass
    return work


def test_a_fresh_run_counts_all_that_has_something_to_do(work):
    found = make_plan(work, STAGES[1:], WEB, REFERENCE)
    names = [stage.stage for stage in found.stages]
    assert names == [
        *("blur", "features", "sparse", "world", "depth", "fuse", "mesh", "texture"),
        *("derivatives", "package"),
    ]  # no panoramas: nothing to stitch, level or cut
    assert found.wall_s == sum(stage.wall_s for stage in found.stages)
    assert found.lowered == ()


def test_stages_that_take_a_moment_are_named(work):
    found = make_plan(work, [BY_NAME["stitch"]], WEB, REFERENCE)
    assert found.lines() == ["plan: a moment, for stitch"]


def test_what_is_up_to_date_is_free_and_what_follows_a_change_is_not(work, monkeypatch):
    for _ in run_stages(work, UP_TO_BLUR, WEB):
        pass
    again = [stage.stage for stage in make_plan(work, STAGES[1:], WEB, REFERENCE).stages]
    assert "blur" not in again and "features" in again
    forced = make_plan(work, STAGES[1:], WEB, REFERENCE, force=frozenset({"blur"}))
    assert "blur" in [stage.stage for stage in forced.stages]
    monkeypatch.setattr(plan, "measure_speed", None)  # not needed for nothing
    done = make_plan(work, UP_TO_BLUR, WEB)
    assert done.lines() == ["plan: nothing to do, all results are there"]


def test_a_killed_stage_is_said_to_go_on(work):
    for _ in run_stages(work, UP_TO_BLUR, WEB):
        pass
    features = BY_NAME["features"]
    key = plan.stage_key(features, WEB["features"], plan.input_digests(work, features))
    left = work.state / "new" / f"features-{key[:16]}"
    left.mkdir(parents=True)
    (left / "part").write_text("")
    resumes = {s.stage: s.resumes for s in make_plan(work, STAGES[1:], WEB, REFERENCE).stages}
    assert resumes["features"] and not resumes["depth"]


MANY = Captured(photos=((4000, 3000),) * 300)
THERE = 3_400_000_000


@pytest.fixture
def short_of_memory(monkeypatch):
    """300 photos on a machine with 3.4 GB."""
    monkeypatch.setattr(plan, "captured_sizes", lambda _: MANY)
    monkeypatch.setattr(fitting, "memory_there", lambda: THERE)


def test_depth_maps_are_lowered_to_what_fusion_and_mesh_fit_with(work, short_of_memory):
    found = make_plan(work, STAGES[1:], WEB, REFERENCE)
    (lowered,) = found.lowered
    assert (lowered.stage, lowered.option, lowered.asked) == ("depth", "depth_px", 1024)

    def peak(depth_px):
        needed = loads(MANY, with_settings(WEB, (f"depth.depth_px={depth_px}",)))
        return max(needed[stage].peak_bytes for stage in ("depth", "fuse", "mesh"))

    assert peak(lowered.used) <= THERE < peak(lowered.used + 64)
    assert lowered.needed_bytes == peak(1024)
    assert found.peak_bytes <= THERE  # the plan is of what will run
    assert read_lowered(work) == {}  # nothing is written before the run


def test_what_was_planned_is_used_by_the_run(work, short_of_memory, monkeypatch):
    planned = make_plan(work, STAGES[1:], WEB, REFERENCE)
    keep_plan(work, planned)
    assert lowered_for(work, BY_NAME["depth"], WEB["depth"]) == planned.lowered[0]
    monkeypatch.setattr(fitting, "memory_there", lambda: 10**11)
    again = make_plan(work, STAGES[1:], WEB, REFERENCE)
    assert again.lowered == planned.lowered  # so that a run that was killed goes on


def test_a_large_atlas_is_lowered_with_the_web_versions_in_mind(work, monkeypatch):
    archive = profile_options(Profile.archive)
    monkeypatch.setattr(fitting, "memory_there", lambda: 2 * 10**9)
    (lowered,) = make_plan(work, STAGES[1:], archive, REFERENCE).lowered
    assert lowered.option == "texture_px" and lowered.asked == 8192
    assert lowered.used == 5120  # 450 MB, 32 B of each pixel, 1500 B of each face: 1.74 GB


def test_time_on_a_graphics_card_is_not_guessed(work, monkeypatch):
    monkeypatch.setattr(plan, "has_gpu", lambda: True)
    found = make_plan(work, STAGES[1:], WEB, REFERENCE)
    assert [stage.stage for stage in found.stages if stage.wall_s is None] == ["depth"]
    assert "and what depth takes on the graphics card" in found.lines()[0]


def test_plans_of_several_runs_are_kept_together(work):
    keep_plan(work, SAMPLE)
    keep_plan(work, Plan((StagePlan("features", 9.0, 5),)))
    kept = read_plan(work)
    assert kept["features"] == StagePlan("features", 9.0, 5)
    assert kept["depth"] == SAMPLE.stages[1]
    work.report("plan").write_text('{"depth": {"nope": 1}}')
    assert read_plan(work) == {}


def test_the_lines_are_a_total_the_long_stages_and_what_was_lowered():
    assert SAMPLE.lines() == [
        "plan: about 5 min, up to 2.0 GB of memory",
        "  depth                 5 min  2.0 GB, less: goes on where it was",
        "  depth.depth_px lowered from 1024 to 512: 1024 needs about 3.0 GB of memory, "
        "2.0 GB available; --force depth tries again",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (99.4, "99 s"),
        (101, "2 min"),
        (3500, "58 min"),
        (3600, "1 h"),
        (4900, "1 h 20 min"),
    ],
)
def test_times_as_people_say_them(seconds, text):
    assert duration(seconds) == text


def test_the_plan_goes_through_the_channel_of_progress(capsys):
    PlainDisplay().planned(SAMPLE)
    assert capsys.readouterr().err.splitlines() == SAMPLE.lines()
    NoDisplay().planned(SAMPLE)
    assert capsys.readouterr() == ("", "")
    JsonDisplay().planned(SAMPLE)
    event = json.loads(capsys.readouterr().out)
    assert event["event"] == "plan" and event["wall_s"] == 304.0
    assert event["stages"][1]["stage"] == "depth" and event["lowered"][0]["used"] == 512
    bar = BarDisplay()
    with bar.progress.console.capture() as shown:
        bar.planned(SAMPLE)
    assert "plan: about 5 min" in shown.get()


def test_a_run_plans_once_after_the_inventory(work):
    said = []

    class Display(NoDisplay):
        def planned(self, plan):
            said.append([stage.stage for stage in plan.stages])

    planner = planner_for(work, WEB, frozenset(), Display())
    for _ in run_stages(work, [STAGES[0], *UP_TO_BLUR], WEB, planner=planner):
        pass
    assert said == [["blur"]]  # of the stages asked for; no scans, and nothing to stitch
    assert list(read_plan(work)) == ["blur"]


def test_build_with_plan_prints_it_and_stops(work, monkeypatch):
    arguments = ["build", str(work.captures), "--out", str(work.root), "--plan"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    assert result.output.startswith("plan: about ")
    assert not (work.root / "features").exists() and not work.report("plan").exists()
    as_json = CliRunner().invoke(cli, [*arguments, "--progress", "json"])
    assert json.loads(as_json.output)["stages"][0]["stage"] == "blur"
    monkeypatch.setattr(memory, "memory_there", lambda: 0)  # a plan needs none of it
    assert CliRunner().invoke(cli, arguments).exit_code == 0
