"""All that a tour shows of one scene: web versions, files for augmented reality, mesh tiles.

Every version is measured from its own file against the scene it was made of, and checked by the
Khronos validator.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.files import file_digest, replacing
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits
from vtour.optimise.choosing.subject import with_texture_px
from vtour.optimise.choosing.versions import Step, Version, VersionMaker, VersionOptions
from vtour.optimise.looks.entries import looks_entry
from vtour.optimise.looks.strips import strip_webp
from vtour.optimise.mesh_tiles.cut import MeshTilesOptions, TilesReport, tile_mesh
from vtour.optimise.shaping.decimate import Budget
from vtour.optimise.shaping.rebake import RebakeOptions, Rebaker
from vtour.optimise.shaping.texel_density import texture_edges, texture_px_for
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_ar import MOST_FACES, MOST_PX, pixels_by_kind, write_ar_glb
from vtour.optimise.writing.write_usdz import write_usdz
from vtour.optimise.writing.write_web import WebOptions
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.tour import Derivative, Quality, Usage

MEANT = "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE"
"""Normal maps are baked for the frame that viewers make themselves: no tangents are written."""
SAME_SIZE = 0.5  # edges of textures that count as about as large as the largest
DIGITS = 4
CHECKED_TILES = 20


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the files of one model go, and what its numbers mean.

    folder    : of the versions, ``name.thumb.glb`` and so on.
    uri       : of that folder, in the package.
    strip     : where the picture that compares a version with its master goes, by its name.
    metric    : whether the scene's unit is the metre.
    """

    folder: Path
    uri: str
    name: str
    strip: Callable[[str], Path]
    metric: bool


@dataclass
class Derived:
    """What was written.

    derivatives : coarse to fine, then those for augmented reality.
    looks       : of each version by its name, for ``record_looks``.
    details     : of each version by its name: how it was made.
    over_budget : a line by the file name of each version that could not be made small enough.
    notes       : one line each, for the user.
    """

    derivatives: list[Derivative] = field(default_factory=list)
    looks: dict[str, dict[str, Any]] = field(default_factory=dict)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    over_budget: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def derive(
    master: Scene,
    place: Place,
    steps: list[Step],
    options: VersionOptions,
    web: WebOptions,
    credits: Credits | None = None,
    *,
    ar: bool = True,
    progress: Progress = no_progress,
) -> Derived:
    """Write the versions of a clean scene, and its files for augmented reality.

    Raises InputError for a scene without faces, ResourceError when Node or its packages are
    missing. Invalid glTF is a bug: RuntimeError.
    """
    done = Derived()
    maker = VersionMaker(master, options, web, credits)
    versions = maker.make_all(
        steps,
        lambda step: place.folder / f"{place.name}.{step.name}.glb",
        part_of(progress, 0.0, 0.85 if ar else 1.0),
    )
    for version in versions:
        _record(version, place, diagonal_of(master), done)
    if versions[-1].looks.ssim < options.ssim:
        done.notes.append(
            f"{versions[-1].path.name}: SSIM {versions[-1].looks.ssim:.3f} in its worst view, "
            f"expected {options.ssim:g}: the finest version does not look quite like the model"
        )
    if ar:
        progress(0.85, "augmented reality")
        _make_ar(scene_for_ar(maker.rebaker), place, credits, done)
    return done


def _record(version: Version, place: Place, diagonal: float, done: Derived) -> None:
    """Check a version, and keep what was measured of it, with a picture."""
    step, path = version.step, version.path
    done.notes += checked(path)
    strip = place.strip(step.name)
    strip.parent.mkdir(parents=True, exist_ok=True)
    with replacing(strip) as temporary:
        temporary.write_bytes(strip_webp(*version.frames))
    done.looks[step.name] = looks_entry(
        version.looks, version.distances, version.bytes, version.tries
    )
    done.details[step.name] = {
        "way": version.way,
        "faces": version.faces,
        "texture_px": version.texture_px,
        "texture_quality": version.quality,
        "distance": version.distances.percentile_99,
        "left_out": version.left_out,
    }
    for note in version.notes:
        done.notes.append(note if path.name in note else f"{path.name}: {note}")
    if version.over_budget:
        done.over_budget[path.name] = version.over_budget
    done.derivatives.append(_described(version, place, diagonal))


def _described(version: Version, place: Place, diagonal: float) -> Derivative:
    error, texel, edges = version.distances.percentile_99, version.texel, version.textures
    return Derivative(
        quality=version.step.quality,
        uri=f"{place.uri}/{version.path.name}",
        bytes=version.bytes,
        faces=version.faces,
        texture_px=version.texture_px,
        textures=sum(edge >= SAME_SIZE * max(edges) for edge in edges),
        sha256=file_digest(version.path),
        error_m=error if place.metric else None,
        error_share=_short(error / diagonal),
        texel_m=_short(texel) if place.metric and texel else None,
        texel_share=_short(texel / diagonal) if texel else None,
    )


def _make_ar(scene: Scene, place: Place, credits: Credits | None, done: Derived) -> None:
    """One atlas and few faces, as phones take them: GLB for Scene Viewer, USDZ for Quick Look."""
    glb, usdz = (place.folder / f"{place.name}.ar.{suffix}" for suffix in ("glb", "usdz"))
    try:
        write_ar_glb(glb, scene, credits=credits)
        lacks = write_usdz(usdz, scene, credits=credits)
    except InputError as error:
        glb.unlink(missing_ok=True)
        done.notes.append(f"no files for augmented reality: {error}")
        return
    done.notes += [*checked(glb), *(f"{usdz.name}: {note}" for note in lacks.notes)]
    if not place.metric:
        done.notes.append(f"{glb.name}, {usdz.name}: their size is a guess: no scale is known")
    edges = texture_edges(scene)
    for path, usage in ((glb, Usage.app3d), (usdz, Usage.ios_app3d)):
        done.derivatives.append(
            Derivative(
                usage=usage,
                quality=Quality.ar,
                uri=f"{place.uri}/{path.name}",
                bytes=path.stat().st_size,
                faces=scene.faces,
                texture_px=max(edges, default=0),
                textures=len(edges),
                sha256=file_digest(path),
            )
        )


def scene_for_ar(rebaker: Rebaker) -> Scene:
    """The master with one atlas and at most as many faces as augmented reality takes.

    Blended parts keep their own pictures: all of one kind shrink until one set has room for them.
    """
    master = rebaker.master
    options = RebakeOptions(texture_px=min(MOST_PX, texture_px_for(master)))
    scene, _ = rebaker.make(Budget(faces=min(MOST_FACES, master.faces)), options)
    edge = MOST_PX
    while max(pixels_by_kind(scene).values(), default=0) > MOST_PX**2 and edge > 1:
        edge //= 2
        scene = with_texture_px(scene, edge)
    return with_texture_px(scene, MOST_PX)


def cut_tiles(
    master: Scene,
    folder: Path,
    options: MeshTilesOptions,
    progress: Progress = no_progress,
) -> TilesReport:
    """The scene at full detail as a mesh tileset; tiles of every level are checked."""
    report = tile_mesh(master, folder, options, progress)
    paths = sorted(folder.rglob("*.glb"))
    for path in paths[:: -(-len(paths) // CHECKED_TILES)]:
        checked(path)
    return report


def checked(path: Path) -> list[str]:
    """What the Khronos validator warns of. Invalid glTF is a bug: RuntimeError."""
    found = validate_glb(path)
    if found.errors:
        raise RuntimeError(f"{path.name}: the glTF validator says {found.errors[0]}")
    return [f"{path.name}: {line}" for line in found.warnings if MEANT not in line]


def diagonal_of(scene: Scene) -> float:
    """Of the box around a scene; 1 for one without size."""
    low, high = scene.bounds
    return float(np.linalg.norm(np.subtract(high, low))) or 1.0


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
