"""Import a tour that was made for Pannellum or Marzipano: a folder of captures to build."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vtour.errors import InputError, OptionError
from vtour.files import new_folder, write_json, write_text
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.siteyaml import site_from_text
from vtour.slugs import slug_from_name
from vtour.tour.importers.found import (
    NO_TITLE,
    Equirectangular,
    FoundScene,
    FoundSpot,
    FoundTour,
    read_text,
)
from vtour.tour.importers.marzipano import read_marzipano
from vtour.tour.importers.masters import master_from_cube, master_from_picture, same_direction
from vtour.tour.importers.pannellum import is_pannellum_page, read_pannellum

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MARZIPANO_FILES = ("data.js", "app-files/data.js")
PANNELLUM_FILES = ("tour.json", "config.json", "pannellum.json")


@dataclass(frozen=True, kw_only=True)
class ImportOptions(StageOptions):
    """How to import a tour."""

    lang: str = option("vi", "The language that the tour's texts are written in.")
    quality: int = option(95, "JPEG quality of the panoramas.", minimum=50, maximum=100)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not LANGUAGE.fullmatch(self.lang):
            raise OptionError(f"lang={self.lang}: expected a language tag such as vi or zh-Hans")


IMPORT_DEFAULTS = ImportOptions()


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What was brought over. widths : pixels of each panorama, by node."""

    kind: str
    widths: dict[str, int]
    links: int
    hotspots: int
    warnings: list[str] = field(default_factory=list)


def import_tour(
    source: Path,
    out: Path,
    options: ImportOptions = IMPORT_DEFAULTS,
    progress: Progress = no_progress,
) -> ImportReport:
    """Write the captures that ``vtour build`` makes the same tour of.

    source : a folder, or its tour.json, index.html or data.js.
    Writes the new folder ``out``: ``panoramas/<id>.jpg``, ``site.yaml`` with names, order, links
    and hotspots, and ``reference/imported.json`` with the directions that links and hotspots had
    in every scene. What several scenes show under the same words becomes one hotspot; a warning
    says how many did.

    Raises InputError for what is no such tour, hostile, or incomplete; then nothing is written.
    """
    kind, path = find_tour(source)
    tour = read_marzipano(path) if kind == "marzipano" else read_pannellum(path)
    ids = node_ids(tour.scenes)
    site = site_record(tour, ids, source, options.lang)
    text = yaml.safe_dump(site, allow_unicode=True, sort_keys=False, width=100)
    site_from_text(text)
    widths = {}
    with new_folder(out) as folder:
        for number, scene in enumerate(tour.scenes):
            part = part_of(progress, number / len(ids), (number + 1) / len(ids))
            target = folder / "panoramas" / f"{ids[scene.name]}.jpg"
            widths[ids[scene.name]] = _write_master(scene, target, options.quality, part)
        write_text(folder / "site.yaml", text)
        write_json(folder / "reference" / "imported.json", _reference(kind, tour, ids))
    return ImportReport(
        kind=kind,
        widths=widths,
        links=len(site.get("links", {}).get("add", [])),
        hotspots=len(site.get("hotspots", [])),
        warnings=[*tour.warnings, *_merge_warnings(tour)],
    )


def find_tour(source: Path) -> tuple[str, Path]:
    """Which viewer a tour was made for, and the file that describes it.

    Raises InputError when there is none.
    """
    if source.is_file():
        return ("marzipano" if source.suffix.lower() == ".js" else "pannellum"), source
    if not source.is_dir():
        raise InputError(f"{source}: not found, expected a tour of Pannellum or Marzipano")
    for name in MARZIPANO_FILES:
        if (source / name).is_file():
            return "marzipano", source / name
    for name in PANNELLUM_FILES:
        if (source / name).is_file():
            return "pannellum", source / name
    for page in sorted((*source.glob("*.html"), *source.glob("*.htm"))):
        if is_pannellum_page(read_text(page)):
            return "pannellum", page
    raise InputError(
        f"{source}: no {', '.join((*MARZIPANO_FILES, *PANNELLUM_FILES))} and no page that opens "
        "Pannellum, expected a tour"
    )


def node_ids(scenes: list[FoundScene]) -> dict[str, str]:
    """A node's id for each scene's own. Raises InputError when two become the same."""
    ids: dict[str, str] = {}
    taken: dict[str, str] = {}
    for scene in scenes:
        slug = slug_from_name(scene.name, empty="node")
        if slug in taken:
            raise InputError(
                f"scenes {taken[slug]!r:.60} and {scene.name!r:.60} both become node {slug!r}, "
                "rename one of them"
            )
        ids[scene.name], taken[slug] = slug, scene.name
    return ids


def site_record(
    tour: FoundTour, ids: Mapping[str, str], source: Path, language: str
) -> dict[str, Any]:
    """The value of site.yaml."""
    folder = source if source.is_dir() else source.parent
    title = tour.title or folder.resolve().name
    first = ids[tour.scenes[0].name]
    record: dict[str, Any] = {"id": slug_from_name(title), "name": {language: title}}
    if tour.credit:
        record["credit"] = tour.credit
    record |= {"start": first, "order": [ids[scene.name] for scene in tour.scenes]}
    names = {ids[s.name]: {"name": {language: s.title}} for s in tour.scenes if s.title}
    if names:
        record["nodes"] = names
    links = _link_pairs(tour, ids)
    if links:
        record["links"] = {"add": links}
    hotspots = _hotspots(tour, ids, language)
    if hotspots:
        record["hotspots"] = hotspots
    return record


def _link_pairs(tour: FoundTour, ids: Mapping[str, str]) -> list[list[str]]:
    """Each pair of linked nodes once: a link of ours leads both ways."""
    pairs: dict[frozenset[str], list[str]] = {}
    for scene in tour.scenes:
        for link in scene.links:
            pair = [ids[scene.name], ids[link.target]]
            if pair[0] != pair[1]:
                pairs.setdefault(frozenset(pair), pair)
    return list(pairs.values())


def _hotspots(tour: FoundTour, ids: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """Every hotspot once, with an id of its own."""
    taken: set[str] = set()
    return [_hotspot(spot, ids[name], language, taken) for name, spot in one_place_each(tour)]


def one_place_each(tour: FoundTour) -> list[tuple[str, FoundSpot]]:
    """Hotspots with the name of the first scene that shows them.

    What several scenes show under the same words is one place. Of two in one scene each is its
    own, and so is every one without a title: in the n-th of a scene the n-th of another is seen.
    """
    found: list[tuple[str, FoundSpot]] = []
    known: Counter[tuple[str, str]] = Counter()
    for scene in tour.scenes:
        here: Counter[tuple[str, str]] = Counter()
        for spot in scene.spots:
            words = spot.title, spot.text
            here[words] += 1
            if spot.title == NO_TITLE or here[words] > known[words]:
                found.append((scene.name, spot))
        known |= here
    return found


def _merge_warnings(tour: FoundTour) -> list[str]:
    """How many hotspots became one with that of another scene, and how many have no title."""
    spots = [spot for scene in tour.scenes for spot in scene.spots]
    merged = len(spots) - len(one_place_each(tour))
    untitled = sum(spot.title == NO_TITLE for spot in spots)
    warnings = []
    if merged:
        warnings.append(
            f"{len(spots)} hotspots became {len(spots) - merged}: several scenes show the same "
            f"words ({merged} merged with that of an earlier scene)"
        )
    if untitled:
        warnings.append(f"{untitled} hotspots without a title are called {NO_TITLE!r}, name them")
    return warnings


def _hotspot(spot: FoundSpot, node: str, language: str, taken: set[str]) -> dict[str, Any]:
    base = slug_from_name(spot.title, empty="hotspot")[:48].strip("-")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name)
    return {
        "id": name,
        "at": {
            "panorama": node,
            "yaw_deg": same_direction(spot.yaw_deg),
            "pitch_deg": round(spot.pitch_deg, 4) + 0.0,
        },
        "title": {language: spot.title},
        **({"text": {language: spot.text}} if spot.text else {}),
    }


def _write_master(scene: FoundScene, target: Path, quality: int, progress: Progress) -> int:
    heading = scene.heading_deg
    if isinstance(scene.picture, Equirectangular):
        width = master_from_picture(scene.picture, target, quality=quality, heading_deg=heading)
        progress(1.0)
        return width
    return master_from_cube(
        scene.picture, target, quality=quality, heading_deg=heading, progress=progress
    )


def _reference(kind: str, tour: FoundTour, ids: Mapping[str, str]) -> dict[str, Any]:
    """What site.yaml has no place for: where links and hotspots stood in every picture."""
    return {
        "from": kind,
        "nodes": [
            {
                "id": ids[scene.name],
                "name": scene.name,
                "heading_deg": scene.heading_deg,
                "links": [
                    {
                        "to": ids[link.target],
                        "yaw_deg": same_direction(link.yaw_deg),
                        "pitch_deg": round(link.pitch_deg, 4) + 0.0,
                    }
                    for link in scene.links
                ],
                "hotspots": [
                    {
                        "title": spot.title,
                        "yaw_deg": same_direction(spot.yaw_deg),
                        "pitch_deg": round(spot.pitch_deg, 4) + 0.0,
                    }
                    for spot in scene.spots
                ],
            }
            for scene in tour.scenes
        ],
    }
