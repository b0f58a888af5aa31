"""``vtour build``, and one command for each stage over the same function."""

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from vtour.cli.options import ANY_PATH, Words, options_of
from vtour.cli.progress import Display, ProgressKind, make_display, plan_event
from vtour.cli.text import say, say_json
from vtour.errors import InputError, VtourError
from vtour.options import StageOptions
from vtour.pipeline import Listener, Planner, StageOutcome, check_up_to_date, run_stages
from vtour.plan import keep_plan, make_plan
from vtour.profiles import Profile, profile_options, with_settings
from vtour.report_page import write_report_page
from vtour.schema.report import Measure
from vtour.stages import BY_NAME, STAGES, Stage
from vtour.workfolder import open_work, read_profile, read_settings
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

PROGRESS = click.option(
    "--progress",
    "progress_kind",
    type=Words(ProgressKind),
    default=ProgressKind.auto,
    show_default="a bar on a terminal, else plain lines",
    help="How to show progress.",
)


@click.command()
@click.argument("captures", type=ANY_PATH)
@click.option("--out", type=ANY_PATH, required=True, help="Work folder; made when missing.")
@click.option(
    "--profile",
    type=Words(Profile),
    default=Profile.web,
    show_default=True,
    help="A quick look, the web, or the archive.",
)
@click.option(
    "--force",
    type=click.Choice([stage.name for stage in STAGES]),
    multiple=True,
    help="Run this stage even when its result is there.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="STAGE.OPTION=VALUE",
    help="Change one option of one stage.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Say what it would take, and stop.")
@PROGRESS
def build(
    captures: Path,
    out: Path,
    profile: Profile,
    force: tuple[str, ...],
    settings: tuple[str, ...],
    only_plan: bool,
    progress_kind: ProgressKind,
) -> None:
    """Turn CAPTURES into a tour: all stages, each only when something it reads has changed.

    The tour is OUT/package; OUT/report.html says how good it is. A run that was stopped goes on
    where it was when the same command is given again.

    Before the first long stage it says how long the run will take on this machine, about, and how
    much memory. Where memory is short, the size of the depth maps or of the texture is lowered to
    the largest that fits, and that is said.

    \b
    Examples:
      vtour build captures/tam-thanh --out work/tam-thanh
      vtour build captures/tam-thanh --out work/tam-thanh --plan
      vtour build captures/tam-thanh --out work/tam-thanh --set mesh.max_faces=100000
    """  # noqa: D301
    options = with_settings(profile_options(profile), settings)
    work = open_work(out, captures)
    if only_plan:
        _print_plan(work, options, frozenset(force), progress_kind)
        return
    outcomes = _run(work, STAGES, options, frozenset(force), progress_kind, profile, settings)
    if progress_kind is not ProgressKind.json:
        _print_summary(work, outcomes)


def _print_plan(
    work: Workspace,
    options: dict[str, StageOptions],
    force: frozenset[str],
    progress_kind: ProgressKind,
) -> None:
    """List the captures, as a build does first, and print the plan of the rest."""
    for _ in run_stages(work, STAGES[:1], options, force=force & {STAGES[0].name}):
        pass
    plan = make_plan(work, STAGES[1:], options, force=force)
    if progress_kind is ProgressKind.json:
        say_json(plan_event(plan), indent=None)
    else:
        for line in plan.lines():
            say(line)


def stage_command(stage: Stage) -> click.Command:
    """The command that runs one stage over a work folder."""
    about = f"{stage.about}.\n\nThe profile may change the defaults shown below."

    @click.command(stage.name, help=about, short_help=stage.about)
    @click.argument("work_folder", metavar="WORK", type=ANY_PATH)
    @click.option("--captures", type=ANY_PATH, help="What the contractor handed in.")
    @click.option(
        "--profile",
        type=Words(Profile),
        default=None,
        show_default="that of the last build with its --set, else web",
    )
    @click.option("--force", is_flag=True, help="Run even when a valid result is there.")
    @options_of(type(stage.defaults))
    @PROGRESS
    def command(
        work_folder: Path,
        captures: Path | None,
        profile: Profile | None,
        force: bool,
        change_options: Callable[[StageOptions], StageOptions],
        progress_kind: ProgressKind,
    ) -> None:
        work = open_work(work_folder, captures)
        options = last_options(work) if profile is None else profile_options(profile)
        check_up_to_date(work, stage)
        options[stage.name] = change_options(options[stage.name])
        forced = frozenset([stage.name] if force else [])
        outcomes = _run(work, (stage,), options, forced, progress_kind, None)
        if progress_kind is not ProgressKind.json:
            _print_outcome(outcomes[0])

    return command


def last_options(work: Workspace) -> dict[str, StageOptions]:
    """The options of the last build: its profile and what ``--set`` changed."""
    return with_settings(profile_options(last_profile(work)), read_settings(work))


def last_profile(work: Workspace) -> Profile:
    """The profile of the last build, else web. Raises InputError when it is damaged."""
    name = read_profile(work) or Profile.web.value
    if name not in Profile.__members__:
        raise InputError(f"{work.state / 'profile'}: found {name!r}, expected a profile's name")
    return Profile(name)


def _run(
    work: Workspace,
    stages: tuple[Stage, ...],
    options: dict[str, StageOptions],
    force: frozenset[str],
    progress_kind: ProgressKind,
    profile: Profile | None,
    settings: tuple[str, ...] = (),
) -> list[StageOutcome]:
    context, display = make_display(progress_kind)
    outcomes = []
    try:
        with context, stopped_by_signals(display) as listen:
            for outcome in run_stages(
                work,
                stages,
                options,
                force=force,
                listener=listen,
                planner=planner_for(work, options, force, display),
                profile=profile.value if profile else None,
                settings=settings,
            ):
                display.ended(outcome)
                outcomes.append(outcome)
    except BaseException as error:
        _write_page_of_failure(work, error)
        raise
    write_report_page(work)
    return outcomes


def planner_for(
    work: Workspace, options: dict[str, StageOptions], force: frozenset[str], display: Display
) -> Planner:
    """What makes, keeps and shows the plan of a run."""

    def plan_stages(stages: Sequence[Stage]) -> None:
        plan = make_plan(work, stages, options, force=force)
        keep_plan(work, plan)
        display.planned(plan)

    return plan_stages


STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals(display: Display) -> Iterator[Listener]:
    """Let Ctrl+C, and SIGTERM as at a shutdown, end a run; yields what listens to its stages.

    Python throws away what is raised while an object is being freed, as numba's are at any time:
    so the listener raises again what a signal has asked for. pycolmap prints a stack trace at
    SIGTERM from its import on, so it is imported first. A library that is being imported may turn
    what a signal raised into an ImportError: after one, every error is the end it asked for.
    """
    import pycolmap  # noqa: F401

    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def listen(stage: Stage, share: float, note: str) -> None:
        if asked:
            raise KeyboardInterrupt
        display.listen(stage, share, note)

    before = {number: signal.signal(number, stop) for number in STOPPING}
    try:
        yield listen
    except Exception:
        if asked:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _write_page_of_failure(work: Workspace, error: BaseException) -> None:
    """Write the page of a build that stopped, and why it did."""
    if not work.inventory.is_file():
        return
    try:
        write_report_page(work, str(error) if isinstance(error, VtourError) else None)
    except VtourError as problem:  # a disk that is full has said so already, in one line
        log.info("report.html could not be written: %s", problem)
    except (OSError, ValueError):
        log.warning("report.html could not be written", exc_info=True)


def _print_outcome(outcome: StageOutcome) -> None:
    if outcome.lowered:
        say(str(outcome.lowered))
    for name, measure in outcome.report.measures.items():
        unit = "" if measure.unit == "1" else f" {measure.unit}"
        say(f"{name:28} {measure.value:,.6g}{unit}")
    for warning in outcome.report.warnings:
        say(f"warning: {warning}")


def _print_summary(work: Workspace, outcomes: list[StageOutcome]) -> None:
    say()
    for outcome in outcomes:
        if outcome.lowered:
            say(str(outcome.lowered))
        for warning in outcome.report.warnings:
            say(f"{outcome.stage.name}: {warning}")
    say(", ".join(summary_of({n: m for o in outcomes for n, m in o.report.measures.items()})))
    say(f"Tour:   {work.package}")
    say(f"Report: {work.report_page}")
    say(f"Look at it: vtour serve {work.root}")


def summary_of(measures: dict[str, Measure]) -> list[str]:
    """What a build came to, in a few words; what a site does not have is not spoken of."""
    parts = [
        f"{measures[f'{what}_registered'].value:.0f} of {measures[f'{what}_in'].value:.0f} {what}"
        for what in ("photos", "panoramas")
        if f"{what}_in" in measures
    ]
    if "faces" in measures:
        parts.append(f"{measures['faces'].value:,.0f} faces")
    if "nodes" in measures:
        parts.append(f"{measures['nodes'].value:.0f} nodes")
    if "links" in measures:
        parts.append(f"{measures['links'].value:.0f} links")
    return [*parts, f"package {measures['package_bytes'].value / 1e6:.1f} MB"]


STAGE_COMMANDS = {name: stage_command(stage) for name, stage in BY_NAME.items()}
