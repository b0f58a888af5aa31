"""Rules of tour.json that its schema cannot say: pure functions over a Tour, no files.

Each yields findings: ``Finding(error, text)``. A test holds one defect for every rule.
"""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from vtour.frames import matrix_from_columns
from vtour.schema.base import LocalText
from vtour.schema.tour import Derivative, Tour
from vtour.schema.world import Scale, ScaleSource
from vtour.tour.findings import Finding, error, warning
from vtour.tour.node_checks import check_nodes
from vtour.tour.tiles import tile_count, tile_files

FAR_BOXES = 3.0  # a hotspot further than this many diagonals from the model is likely misplaced
NAMED = 3  # of many that are missing
UNIT_TOLERANCE = 1e-3
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # make text lie about its order


def check_manifest(tour: Tour) -> Iterator[Finding]:
    """All rules, in the order in which a reader of the manifest meets them."""
    yield from check_ids(tour)
    yield from check_references(tour)
    yield from check_world(tour)
    yield from check_transforms(tour)
    yield from check_nodes(tour)
    yield from check_models(tour)
    yield from check_hotspots(tour)
    yield from check_texts(tour)


def check_privacy(tour: Tour, *, for_publishing: bool = False) -> Iterator[Finding]:
    """A person signed the blur review of just what is in the package; an error only to publish."""
    lacking = review_lacking(tour)
    if lacking:
        yield (error if for_publishing else warning)(f"privacy: {lacking}")


def review_lacking(tour: Tour) -> str | None:
    """Why a tour may not be published yet, None when it may."""
    if tour.privacy is None:
        return "blur review not signed, and nothing was looked for or blurred"
    return None if tour.privacy.reviewed else "blur review not signed"


def check_ids(tour: Tour) -> Iterator[Finding]:
    """Every id is used once among its kind."""
    kinds: dict[str, Iterable[str]] = {
        "node": (node.id for node in tour.nodes),
        "model": (model.id for model in tour.models),
        "hotspot": (spot.id for spot in tour.hotspots),
        "tour": (walk.id for walk in tour.tours),
    }
    for kind, ids in kinds.items():
        seen: set[str] = set()
        for name in ids:
            if name in seen:
                yield error(f"{kind} id {name!r} is used twice, expected unique ids")
            seen.add(name)


def check_references(tour: Tour) -> Iterator[Finding]:
    """Links and stops lead to something; every named file is in ``files``."""
    nodes = {node.id for node in tour.nodes}
    spots = {spot.id for spot in tour.hotspots}
    for walk in tour.tours:
        for stop in walk.stops:
            if stop.node is not None and stop.node not in nodes:
                yield error(f"tour {walk.id!r}: stop at unknown node {stop.node!r}")
            if stop.hotspot is not None and stop.hotspot not in spots:
                yield warning(f"tour {walk.id!r}: stop at hotspot {stop.hotspot!r}, not placed")
    for uri in named_files(tour):
        if uri not in tour.files:
            yield error(f"{uri}: named, but not in files with its SHA-256")
    yield from check_tiles(tour)


def check_tiles(tour: Tour) -> Iterator[Finding]:
    """Every tile of a node without ``tiles_sha256`` is in ``files``, and names are its own.

    Takes no longer than the manifest is long.

    Tiles have names of their own, so more tiles than files means that some are missing: then
    no more of them are named one by one than there are files.
    """
    nodes = [node for node in tour.nodes if node.panorama.levels]
    for node in nodes:
        fields = ("{level}", "{col}", "{row}", "{ext}")[: 3 + (len(node.panorama.formats) > 1)]
        if any(field not in node.panorama.template for field in fields):
            yield error(f"node {node.id!r}: its template lacks one of {' '.join(fields)}")
            return
    pyramids = {
        node.panorama.model_dump_json(): node
        for node in nodes
        if node.panorama.tiles_sha256 is None
    }.values()
    total, there = sum(tile_count(node.panorama) for node in pyramids), len(tour.files)
    if total > there:
        tiles = itertools.chain.from_iterable(tile_files(node.panorama) for node in pyramids)
        few = (uri for uri in itertools.islice(tiles, there + 1) if uri not in tour.files)
        first = ", ".join(itertools.islice(few, NAMED))
        yield error(f"nodes: {total:,} tiles but {there:,} files, not in files: {first} ...")
        return
    for node in pyramids:
        missing = (uri for uri in tile_files(node.panorama) if uri not in tour.files)
        if first := ", ".join(itertools.islice(missing, NAMED)):
            yield error(f"node {node.id!r}: tiles not in files, such as {first}")


def named_files(tour: Tour) -> list[str]:
    """Every single file that the manifest names, sorted (tiles of pyramids are not expanded)."""
    uris = {tour.poster.uri} if tour.poster else set()
    uris |= {derivative.uri for model in tour.models for derivative in model.derivatives}
    uris |= {model.poster.uri for model in tour.models if model.poster}
    uris |= {node.panorama.base for node in tour.nodes}
    uris |= {node.panorama.thumb for node in tour.nodes if node.panorama.thumb}
    uris |= {tileset.uri for tileset in tour.tilesets}
    media = [item for spot in tour.hotspots for item in spot.media]
    uris |= {item.uri for item in media} | {item.captions for item in media if item.captions}
    return sorted(uris)


def check_world(tour: Tour) -> Iterator[Finding]:
    """The four facts of the world agree with each other.

    An anchor is legal without scale and north: it is the site's place on a map, and no more.
    """
    world = tour.world
    if (world.scale is Scale.unknown) != (world.scale_source is ScaleSource.none):
        yield error(
            f"world: scale {world.scale.value} from {world.scale_source.value}, expected a source "
            "for a metric scale and none for an unknown one"
        )


def check_transforms(tour: Tour) -> Iterator[Finding]:
    """Matrices are affine and can be inverted; rotations are unit quaternions."""
    placed = [(f"model {model.id!r}", model.world_from_model) for model in tour.models]
    placed += [(f"tileset {one.uri!r}", one.world_from_tileset) for one in tour.tilesets]
    for name, columns in placed:
        matrix = matrix_from_columns(columns)
        affine = np.array_equal(matrix[3], [0, 0, 0, 1])
        if not affine or abs(float(np.linalg.det(matrix[:3, :3]))) < 1e-12:
            yield error(f"{name}: transform cannot be inverted, expected a column-major placement")
    for node in tour.nodes:
        length = float(np.linalg.norm(node.pose.rotation))
        if abs(length - 1) > UNIT_TOLERANCE:
            yield error(f"node {node.id!r}: rotation of length {length:.3g}, expected 1")


def check_models(tour: Tour) -> Iterator[Finding]:
    """Derivatives go from coarse to fine; boxes are the right way round; there is a way in."""
    for model in tour.models:
        web = [d for d in model.derivatives if d.usage.value == "Web3D"]
        for coarse, fine in itertools.pairwise(web):
            if coarse.faces > fine.faces or coarse.bytes > fine.bytes:
                yield warning(
                    f"model {model.id!r}: {_words(coarse)} before {_words(fine)}, "
                    "expected coarse to fine"
                )
        low, high = model.bounds_min, model.bounds_max
        if (low is None) != (high is None):
            yield error(f"model {model.id!r}: one corner of its bounds, expected both or none")
        elif low and high and any(a > b for a, b in zip(low, high, strict=True)):
            yield error(f"model {model.id!r}: bounds_min {low} above bounds_max {high}")
    if not tour.models and not tour.nodes and not tour.points:
        yield error("tour: no model, no node and no points, expected something to show")
    if tour.models and tour.start is None:
        yield warning("start: none, a viewer has to guess the first view")
    if tour.poster is None:
        yield warning("poster: none, nothing is seen while the model loads")


def _words(derivative: Derivative) -> str:
    return f"{derivative.quality.value} ({derivative.faces:,} faces, {derivative.bytes:,} bytes)"


def check_hotspots(tour: Tour) -> Iterator[Finding]:
    """Hotspots are near the models."""
    corners = [c for m in tour.models for c in (m.bounds_min, m.bounds_max) if c]
    if not corners:
        return
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    diagonal = float(np.linalg.norm(high - low))
    for spot in tour.hotspots:
        outside = np.maximum(low - spot.position, np.array(spot.position) - high)
        away = float(np.linalg.norm(np.maximum(outside, 0)))
        if away > FAR_BOXES * diagonal:
            yield warning(
                f"hotspot {spot.id!r}: {away:.3g} from the models, whose box is {diagonal:.3g} "
                "across"
            )


def check_texts(tour: Tour) -> Iterator[Finding]:
    """Texts hold no control characters, and every text speaks the languages of the name."""
    wanted = set(tour.name) - {"und"}
    texts: list[tuple[str, LocalText]] = [("name", tour.name), ("description", tour.description)]
    texts += [(f"node {node.id!r} name", node.name) for node in tour.nodes]
    texts += [(f"model {model.id!r} title", model.title) for model in tour.models]
    for spot in tour.hotspots:
        texts += [(f"hotspot {spot.id!r} title", spot.title), (f"{spot.id!r} text", spot.text)]
    for where, text in texts:
        if text and set(text) != {"und"} and (missing := sorted(wanted - set(text))):
            yield warning(f"{where}: not in {', '.join(missing)}, as the name is")
        for tag, value in text.items():
            if any((ord(char) < 32 and char not in "\n\t") or char in BIDI for char in value):
                yield error(f"{where} ({tag}): control characters, expected plain text")
    if not tour.name:
        yield error("name: none, expected a name in at least one language")
    if tour.license is None:
        yield warning("license: none, nobody may reuse this tour")
