"""Photos that failed, grouped by the likely reason, each with what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vtour.capture.inventory import is_blurred
from vtour.errors import InputError
from vtour.reconstruct.registration import MatchGraph
from vtour.report.pictures import Album
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

PER_GROUP = 12
MOST_GROUPS = 6
CLIPPED = 0.25  # share of a photo that is black or white, as the inventory notes it
IMAGES = (FileKind.photo, FileKind.panorama, FileKind.panorama_set)


@dataclass(frozen=True)
class Reason:
    """Why photos fail, and what helps. ``words`` are those of the stage that says so."""

    title: str
    advice: str
    words: tuple[str, ...] = ()


BLURRED = Reason(
    "Blurred",
    "Take them again with a steady hand or a tripod, a shorter exposure, the focus on the wall.",
)
DARK = Reason("Too dark", "Take them again with a longer exposure, or at another time of the day.")
BRIGHT = Reason("Too bright", "Take them again with a shorter exposure, the sun behind you.")
PLAIN = Reason(
    "Too little to recognise",
    "Plain walls, water and sky cannot be found again: step back so that more is in the photo.",
    ("keypoints only",),
)
APART = Reason(
    "A group of their own",
    "They overlap each other, but not the rest: add photos on the way between the two groups.",
    ("outside the main group", "separate", "component"),
)
ALONE = Reason(
    "No overlap",
    "No other photo shows the same place: add photos around it, each sharing 60 % with the next.",
    ("no other photo overlaps",),
)
LITTLE = Reason(
    "Too little overlap",
    "Add photos between these and their neighbours, a step apart, each sharing 60 % with the next.",
    ("too little overlap",),
)
REPEATED = Reason(
    "Repeated structure, turned on the spot, or zoomed",
    "Equal windows or columns look alike: add photos further back that show where each one is; "
    "step sideways between photos; do not zoom.",
    ("no position fits", "repeated"),
)
OTHER = Reason("Not registered", "Look at the reason beside each.")
SET_ASIDE = Reason("Cannot be used", "The inventory set them aside: see the reason beside each.")
TOLD = (PLAIN, APART, ALONE, LITTLE, REPEATED)
FIRST = (REPEATED, ALONE, LITTLE, APART, BLURRED, DARK, BRIGHT, PLAIN, OTHER, SET_ASIDE)


@dataclass(frozen=True)
class Shown:
    """A photo: its path, what is said of it, a small picture when there was room."""

    path: str
    text: str = ""
    thumb: str | None = None


@dataclass
class Group:
    """Photos that failed for one reason; ``more`` of them are not shown."""

    title: str
    advice: str
    count: int = 0
    shown: list[Shown] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


def likely_reason(text: str, photo: CaptureFile | None) -> Reason:
    """Why a photo was not registered: what its pixels say first, then what its matches say."""
    told = next((reason for reason in TOLD if any(word in text for word in reason.words)), OTHER)
    if photo is not None and told in (PLAIN, ALONE, LITTLE, OTHER):
        if is_blurred(photo):
            return BLURRED
        if (photo.clipped_dark or 0) >= CLIPPED:
            return DARK
        if (photo.clipped_light or 0) >= CLIPPED:
            return BRIGHT
    return told


def problem_groups(
    files: Iterable[CaptureFile], not_registered: Mapping[str, str], album: Album
) -> list[Group]:
    """Images that were not registered or cannot be used, by the likely reason."""
    by_path = {file.path: file for file in files}
    found: dict[Reason, list[tuple[str, str]]] = {}
    for path, text in sorted(not_registered.items()):
        found.setdefault(likely_reason(text, by_path.get(path)), []).append((path, text))
    for file in by_path.values():
        if file.kind in IMAGES and file.status is FileStatus.unusable:
            found.setdefault(SET_ASIDE, []).append((file.path, file.reason or ""))
    return [_group(reason, found[reason], album) for reason in FIRST if reason in found]


def _group(reason: Reason, images: list[tuple[str, str]], album: Album) -> Group:
    return Group(
        title=reason.title,
        advice=reason.advice,
        count=len(images),
        shown=[Shown(path, text, album.thumb(path)) for path, text in images[:PER_GROUP]],
        rest=[path for path, _ in images[PER_GROUP:]],
    )


def match_groups(work: Workspace, reports: Mapping[str, StageReport], album: Album) -> list[Group]:
    """Of a build that could not solve the cameras: which photos overlap which.

    Groups of photos that hang together by matches, the largest first; photos that match none
    come last. Nothing when the cameras were solved, or nothing was matched.
    """
    if "features" not in reports or "sparse" in reports or not work.database.is_file():
        return []
    try:
        graph = MatchGraph.read(work.database)
    except (InputError, RuntimeError, ValueError):  # damaged: said where it is used
        return []
    groups = [sorted(group) for group in graph.groups()]
    alone = sorted(set(graph.keypoints).difference(*groups))
    if len(groups) > MOST_GROUPS:
        alone += [name for members in groups[MOST_GROUPS:] for name in members]
        groups = groups[:MOST_GROUPS]
    whole = BETWEEN if len(groups) > 1 or alone else TOGETHER
    found = [_of_names(whole, members, graph, album) for members in groups]
    return found + ([_of_names(NONE, alone, graph, album)] if alone else [])


BETWEEN = Reason(
    "Photos that overlap each other",
    "Add photos on the way from this group to the others.",
)
TOGETHER = Reason(
    "Photos that overlap each other: all of them",
    "Yet they were taken too close together, or straight ahead, for their places to be told apart: "
    "step sideways between photos, and take each wall from several places.",
)
NONE = Reason("Photos that overlap no other", ALONE.advice)


def _of_names(reason: Reason, names: list[str], graph: MatchGraph, album: Album) -> Group:
    shown = [Shown(name, _best_match(name, graph), album.thumb(name)) for name in names[:PER_GROUP]]
    return Group(reason.title, reason.advice, len(names), shown, names[PER_GROUP:])


def _best_match(name: str, graph: MatchGraph) -> str:
    partners = graph.partners(name)
    if not partners:
        return f"{graph.keypoints.get(name, 0):,} keypoints, matches none"
    best = min(partners, key=lambda other: (-partners[other], other))
    return f"{partners[best]:,} matches with {best}"
