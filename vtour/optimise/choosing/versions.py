"""Web versions of a scene: at each step the smallest file that still looks like its master.

Two ways lead to fewer bytes. *Kept*: fewer faces over the master's own charts, its textures made
smaller; sharp, but thousands of charts keep their borders. *Re-baked*: a new surface and a new
atlas; small, but every texel is resampled once. Which one is smaller at equal looks depends on the
model, so both are made and measured: the SSIM of the worst of eight views (``looks``) against the
master, with as many faces, texels and as much quality as it takes (``search``).

Where nothing reaches the target within the step's bytes, the version that looks best within them
is taken; where nothing fits, the smallest, and the report says so.

What was measured (bytes at SSIM 0.98 and seconds of processor time of all versions, on a busy
machine; peers are gltfpack -cc and gltf-transform optimize with their defaults):

    model            before                now                     the better peer
    arch             missed (0.961)        highest 1,125,032       7.5 MB (3.6 MB misses: 0.962)
    venus            high 506,036, 116 s   high 395,388, 74 s      2.5 MB
    whale_cranium    high 790,000, 234 s   high 571,380, 154 s     1.2 MB

Tried and left:
- at most 2048 px for all versions: arch has 24,580 charts of 9 x 9 texels; shrunk to 2048 px the
  lossless atlas reaches 0.9693, at its own 4096 px 0.9952. That is what ``highest`` is for.
- arch baked anew, lossless: 20,000 faces 0.9614, 50,000 0.9710, 100,000 0.9746, 150,000 0.975,
  the same with 2048 and 4096 px: what resampling takes comes back neither by texels nor by faces.
  Sharpened (unsharp masks of 0.3 to 1) 0.9704 to 0.9611: it is not blur. So no bake for highest
  where the kept charts reach the target, and others begin with half the faces: venus 20 s less.
- all sixteen pictures for every try, qualities by bisection (6 tries), both ways refined to the
  end: 158 s for venus, with no smaller files.
- medium searched though high has fewer bytes than medium may have: nothing smaller was found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from vtour.errors import OptionError
from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits
from vtour.models import read_scene
from vtour.optimise.choosing.search import Found, best_quality, first_found, refined
from vtour.optimise.choosing.subject import Subject
from vtour.optimise.choosing.ways import Way, Ways
from vtour.optimise.looks.compare import LIGHTS, Looks, MasterViews, looks_and_frames
from vtour.optimise.looks.distances import Distances, distances_of
from vtour.optimise.looks.likeness import Frame
from vtour.optimise.looks.quality import Goal, Try
from vtour.optimise.looks.ring import views_of
from vtour.optimise.shaping.decimate import Budget
from vtour.optimise.shaping.rebake import Rebaker
from vtour.optimise.shaping.texel_density import repeats_of, texel_edge, texture_edges
from vtour.optimise.writing.write_web import WebOptions
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.tour import Quality

MOST_FACES = 10**9  # no budget: an error says how many
MOST_REBAKED = 150_000  # faces: charts for more take minutes
FINEST_BAKED = 100_000  # faces of the surface that others take their charts from, that of AR
CORRECTIONS = 3  # of a version whose file turns out to miss the target by a hair

LEAST_FACES = 500  # of a re-baked or kept surface that is tried
REBAKED_SHARE = 0.5  # of the faces: what is baked says the rest
GEOMETRY_SHARE = 0.45  # of the bytes at most
MOST_REPEATS = 8  # times that a texture is laid over a surface
COSTLY = 0.35  # share of the geometry above which another surface is baked to have fewer faces
SMALLER = 0.9
"""Of the bytes of the next finer version: what is not smaller is left out."""
FAR_APART = 4
"""Times the bytes of the next coarser version: then there is one between."""


class Made(StrEnum):
    """When a step's version is made."""

    always = "always"
    when_missed = "when missed"
    """The next coarser version does not reach the target."""
    when_far = "when far"
    """The next finer version has over FAR_APART times the bytes of the next coarser one."""


@dataclass(frozen=True)
class Step:
    """One version to make, and its budgets."""

    name: str
    quality: Quality
    faces: int
    texture_px: int
    bytes: int
    made: Made = Made.always
    exact: bool = False
    """So many faces, though fewer would do."""
    error: float = 0.0
    """In place of faces: how far off the surface may lie, in units of the scene."""


STEPS = (
    Step("thumb", Quality.thumb, 20_000, 512, 200_000),
    Step("low", Quality.low, 30_000, 1024, 600_000, Made.when_far),
    Step("medium", Quality.medium, 60_000, 1024, 1_500_000),
    Step("high", Quality.high, 150_000, 2048, 3_000_000),
    Step("highest", Quality.highest, 400_000, 8192, 20_000_000, Made.when_missed),
)
"""Coarse to fine. Thumb as Smithsonian's Cook, high as Khronos' 3D Commerce guidelines (2K maps,
3 MB); highest is the smallest that reaches the target where high does not."""


@dataclass(frozen=True, kw_only=True)
class VersionOptions(StageOptions):
    """How alike a version must look, and how it is stored."""

    ssim: float = option(
        0.98,
        "SSIM of the worst view to reach.",
        minimum=0.5,
        maximum=1,
    )
    views: int = option(8, "Views from which looks are compared.", minimum=1, maximum=32)
    view_px: int = option(1024, "Long side of a view.", unit="px", minimum=128, maximum=4096)
    unwrap_limit_s: float = option(240.0, "Longest CPU time for one atlas.", unit="s", minimum=1)
    faces: int = option(
        0, "Faces of the finest version; 0: as few as look like the model.", minimum=0
    )
    error: float = option(
        0.0,
        "How far the finest version may lie off, in metres; 0: by looks.",
        minimum=0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.faces and self.error:
            raise OptionError("faces and error: expected one of them")


VERSION_DEFAULTS = VersionOptions()


@dataclass(frozen=True, eq=False)
class Version:
    """A version that was written, and what was measured of its file.

    frames   : the master and the version where they differ most.
    textures : longest edges of all textures.
    texel    : edge of a texel on the surface, units of the scene; None without textures.
    left_out : coarser steps that it stands for, a line each.
    """

    step: Step
    path: Path
    way: str
    bytes: int
    faces: int
    texture_px: int
    quality: int
    looks: Looks
    frames: tuple[Frame, Frame]
    distances: Distances
    textures: list[int]
    texel: float | None
    tries: list[Try] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def over_budget(self) -> str | None:
        """What to tell of a file that could not be made small enough."""
        found = [
            f"{has:,} {what}, expected at most {most:,}"
            for has, most, what in (
                (self.bytes, self.step.bytes, "bytes"),
                (self.faces, self.step.faces, "faces"),
            )
            if has > most
        ]
        return f"{self.path.name}: {'; '.join(found)}" if found else None


class VersionMaker:
    """Makes the versions of one master: what all of them are compared with is rendered once."""

    def __init__(
        self,
        master: Scene,
        options: VersionOptions = VERSION_DEFAULTS,
        web: WebOptions | None = None,
        credits: Credits | None = None,
    ) -> None:
        self.master, self.options, self.credits = master, options, credits
        self.web = web or WebOptions()
        views = views_of(master, options.views, options.view_px)
        self.views = MasterViews(master, views)
        lights = LIGHTS[:1] if self.views.unlit else LIGHTS
        finest = min(FINEST_BAKED, master.faces)
        self.rebaker = Rebaker(master, finest, unwrap_limit_s=options.unwrap_limit_s)
        self.ways = Ways(self.rebaker, self.views, lights, self.web, credits)

    def make_all(
        self,
        steps: Sequence[Step],
        path_of: Callable[[Step], Path],
        progress: Progress = no_progress,
    ) -> list[Version]:
        """Write the versions of ``steps``, which come coarse to fine and so are returned.

        Left out are steps that are not needed (``Made``), and versions that are not smaller than
        the next finer one (SMALLER); the first step's always stays. What was left out is told by
        ``left_out`` of the version that stands for it. No file of it stays.
        """
        kept: dict[str, Version] = {}
        order = _in_order(steps)
        for number, step in enumerate(order):
            inner = part_of(progress, number / len(order), (number + 1) / len(order))
            place = steps.index(step)
            coarser = [kept[s.name] for s in steps[:place] if s.name in kept]
            finer = [kept[s.name] for s in steps[place + 1 :] if s.name in kept]
            if not self._needed(step, coarser, finer):
                continue
            if finer and step is not steps[0] and self._stands_for(finer[0], step):
                finer[0].left_out.append(f"{step.name} is left out: nothing smaller looks as good")
                continue
            # what is coarser is asked for no more faces, however few the finer one needs
            faces = min([step.faces, *(version.faces for version in finer[:1])])
            version = self.make(replace(step, faces=faces), path_of(step), inner)
            kept[step.name] = version = replace(version, step=step)  # judged by its own budget
            for each, other in [(c, version) for c in coarser] + [(version, f) for f in finer[:1]]:
                if each.step is not steps[0] and self._is_no_smaller(each, other):
                    kept.pop(each.step.name).path.unlink()
                    other.left_out.append(
                        f"{each.step.name} is left out: {each.bytes:,} bytes, "
                        f"{other.step.name} has {other.bytes:,}"
                    )
        return [kept[step.name] for step in steps if step.name in kept]

    def _needed(self, step: Step, coarser: list[Version], finer: list[Version]) -> bool:
        if step.made is Made.when_missed:
            return not coarser or coarser[-1].looks.ssim < self.options.ssim
        if step.made is Made.when_far:
            apart = bool(coarser and finer)
            return apart and finer[0].bytes > FAR_APART * coarser[-1].bytes
        return True

    def _is_no_smaller(self, coarser: Version, finer: Version) -> bool:
        """Whether a version has hardly fewer bytes than a finer one that devices bear as well."""
        is_borne = finer.texture_px <= 2 * coarser.step.texture_px
        is_better = finer.looks.ssim >= min(coarser.looks.ssim, self.options.ssim)
        return is_borne and is_better and coarser.bytes > SMALLER * finer.bytes

    def _stands_for(self, finer: Version, step: Step) -> bool:
        """Whether a finer version does all that a step's could: its search had found a smaller one.

        Textures and faces far beyond the step's are too much for the devices it is meant for.
        """
        return (
            finer.looks.ssim >= self.options.ssim
            and finer.bytes <= step.bytes
            and finer.texture_px <= 2 * step.texture_px
            and finer.faces <= 2 * step.faces
        )

    def make(self, step: Step, path: Path, progress: Progress = no_progress) -> Version:
        """Write the best version of a step, all or nothing."""
        goal = Goal(self.options.ssim, step.bytes)
        self.ways.log.clear()
        best: Found | None = None
        for way in Way:

            def tell(share: float, note: str = "", at: float = 0.4 * list(Way).index(way)) -> None:
                progress(at, f"{step.name}: {note}")

            if way is Way.rebaked and best is not None and not self._may_bake(step, goal, best):
                continue
            within = f"within {step.error:g}" if step.error else f"at most {step.faces:,} faces"
            tell(0.0, f"{way}, {within}")
            found = self._first(way, step, goal, best, tell)
            if found is not None and best is not None:
                found = min(best, found, key=lambda f: goal.order(f.chosen))
            best = found or best
        if best is None:
            raise ValueError("no way to make a version")
        best = refined(best, goal, self._fewer(step), tell)
        progress(0.95, f"writing {step.name}")
        return self._written(step, path, best, goal)

    def _first(
        self, way: Way, step: Step, goal: Goal, best: Found | None, tell: Progress
    ) -> Found | None:
        """One way with about as many faces as should do; None when there is none."""
        most = step.faces
        if way is Way.rebaked:
            most = min(most, MOST_REBAKED)
            if not step.exact:
                most = max(1, round(REBAKED_SHARE * min(most, self.master.faces)))
        budget = Budget(error=step.error) if step.error else Budget(faces=most)
        subject = self.ways.subject(way, budget, step.texture_px)
        if subject is None:
            return None
        if not step.exact and subject.geometry_bytes > GEOMETRY_SHARE * goal.bytes:
            share = GEOMETRY_SHARE * goal.bytes / subject.geometry_bytes
            fewer = max(LEAST_FACES, round(share * subject.faces))
            if fewer < subject.faces:
                subject = self.ways.subject(way, Budget(faces=fewer), step.texture_px) or subject
        return first_found(subject, goal, step.texture_px, best.chosen if best else None, tell)

    def _may_bake(self, step: Step, goal: Goal, best: Found) -> bool:
        """Whether the master is baked anew.

        Charts for many faces take minutes, and a texture that is repeated all over has more texels
        once it is laid out.
        """
        faces = best.subject.faces if step.error else min(step.faces, self.master.faces)
        in_vain = faces > MOST_REBAKED or repeats_of(self.master) > MOST_REPEATS
        return not (in_vain and goal.reached(best.chosen))

    def _fewer(self, step: Step) -> Callable[[Found, int], Subject | None]:
        """How to make the same with fewer faces."""

        def fewer(found: Found, faces: int) -> Subject | None:
            share = found.subject.geometry_bytes / found.chosen.bytes
            way = Way(found.subject.way)
            if step.exact or faces < LEAST_FACES or (way is Way.rebaked and share < COSTLY):
                return None
            return self.ways.subject(way, Budget(faces=faces), found.chosen.texture_px)

        return fewer

    def _written(self, step: Step, path: Path, found: Found, goal: Goal) -> Version:
        """The file, and what is measured of it: where it misses the goal by a hair, once more."""
        subject, ktx2 = found.subject, self.web.pictures is PictureFormat.ktx2
        for left in reversed(range(CORRECTIONS)):
            total = subject.write(path, found.sizes, found.chosen.quality).total
            shown = read_scene(path)
            looks, master, derivative = looks_and_frames(self.views, shown)
            if looks.ssim >= goal.ssim or not goal.reached(found.chosen) or not left:
                break
            if subject.watched.add(looks.worst.view, looks.worst.light):
                subject.tries.clear()
            start = found.chosen.quality + 1
            found = Found(subject, best_quality(subject, found.sizes, goal, start))
        notes = list(subject.notes)
        if ktx2:
            total = subject.write(path, found.sizes, found.chosen.quality, PictureFormat.ktx2).total
            notes.append("looks are those of the same file with WebP: KTX2 is not measured")
        tries, edges = list(self.ways.log), texture_edges(shown)
        return Version(
            step, path, subject.way, total, shown.faces, max(edges, default=0),
            found.chosen.quality, looks, (master, derivative), distances_of(self.master, shown),
            edges, texel_edge(shown), tries, notes,
        )  # fmt: skip


def steps_for(options: VersionOptions, steps: Sequence[Step] = STEPS) -> list[Step]:
    """The steps with the finest one as it is asked for."""
    if options.error:
        finest = replace(
            steps[-1], made=Made.always, exact=True, error=options.error, faces=MOST_FACES
        )
        return [*steps[:-1], finest]
    if not options.faces:
        return list(steps)
    always = [step for step in steps if step.made is Made.always]
    finest = always[-1] if options.faces <= always[-1].faces else steps[-1]
    coarser = steps[: steps.index(finest)]
    return [
        *(replace(step, faces=min(step.faces, options.faces)) for step in coarser),
        replace(finest, made=Made.always, exact=True, faces=options.faces),
    ]


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """Finest first: it may stand for coarser ones. What depends on others comes after these."""
    order = [step for step in reversed(steps) if step.made is Made.always]
    for place, step in enumerate(steps):
        if step.made is Made.when_missed:
            coarser = [other for other in order if other in steps[:place]]
            order.insert(order.index(coarser[0]) + 1 if coarser else 0, step)
    return order + [step for step in steps if step.made is Made.when_far]
