"""One model of any origin, ready for the web: ``vtour optimise``.

Reads it, cleans it, writes its versions (``versions``), files for augmented reality and for
printing, pictures that compare each version with the model, and a list of it all.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.files import replacing, write_json
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits
from vtour.models import ModelFormat, model_format, read_scene, what_moves
from vtour.optimise.clean import clean_scene
from vtour.optimise.decimate import Budget
from vtour.optimise.looks.entries import looks_entry
from vtour.optimise.looks.strips import strip_webp
from vtour.optimise.rebake import RebakeOptions, Rebaker
from vtour.optimise.recompress import recompress_glb
from vtour.optimise.texel_density import texture_px_for
from vtour.optimise.validate import validate_glb
from vtour.optimise.versions import Step, Version, VersionMaker, VersionOptions, steps_for
from vtour.optimise.write_ar import MOST_FACES, MOST_PX, write_ar_glb
from vtour.optimise.write_print import PrintReport, write_3mf, write_stl
from vtour.optimise.write_usdz import write_usdz
from vtour.optimise.write_web import WebOptions
from vtour.progress import Progress, no_progress, part_of
from vtour.slugs import slug_from_name

LIST_NAME = "optimise.json"
MEANT = "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE"
"""Normal maps are baked for the frame that viewers make themselves: no tangents are written."""


class PrintFormat(StrEnum):
    """A file for printing."""

    none = "none"
    stl = "stl"
    threemf = "3mf"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What to make of a model, besides its versions."""

    ar: bool = True
    print_format: PrintFormat = PrintFormat.none
    credits: Credits | None = None


@dataclass
class Optimised:
    """What was written, by name of the file, and what the user should know.

    over_budget : the versions that could not be made small enough.
    """

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    over_budget: list[str] = field(default_factory=list)
    faces: int = 0


def optimise_model(
    source: Path,
    folder: Path,
    options: VersionOptions,
    web: WebOptions,
    wishes: Wishes,
    progress: Progress = no_progress,
) -> Optimised:
    """Write all versions of ``source`` into ``folder``, which is new or holds earlier ones.

    A model that moves (animations, skins, morph targets) keeps its geometry: its pictures and
    buffers are compressed, and nothing else is made of it.

    Raises InputError, one line, for a model that is damaged or hostile, or a folder that is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file, expected a folder to write to")
    name, done = slug_from_name(source.stem, empty="model"), Optimised()
    moves = what_moves(source)
    if moves and model_format(source) is not ModelFormat.glb:
        raise InputError(f"{source.name}: has {', '.join(moves)}, expected it as one GLB file")
    scene = None if moves else read_scene(source)
    folder.mkdir(parents=True, exist_ok=True)
    if scene is None:
        _keep(source, folder / f"{name}.glb", web, done)
        done.notes.append(f"{source.name}: has {', '.join(moves)}: kept as it is, compressed only")
    else:
        _make_all(scene, folder, name, options, web, wishes, done, progress)
    write_json(folder / LIST_NAME, {"source": source.name, **asdict(done)})
    progress(1.0, "done")
    return done


def _keep(source: Path, path: Path, web: WebOptions, done: Optimised) -> None:
    result = recompress_glb(source, path, web)
    if wrong := validate_glb(source).errors:
        done.notes.append(f"{source.name}: is no valid glTF, and stays so: {wrong[0]}")
    else:
        _check(path, done)
    done.files[path.name] = {"bytes": result.after, "bytes_before": result.before}


def _make_all(
    scene: Scene,
    folder: Path,
    name: str,
    options: VersionOptions,
    web: WebOptions,
    wishes: Wishes,
    done: Optimised,
    progress: Progress,
) -> None:
    progress(0.0, "cleaning")
    done.notes += scene.notes
    master, cleaned = clean_scene(scene)
    done.faces = master.faces
    done.files["cleaned"] = asdict(cleaned)
    progress(0.05, "looking at the model")
    maker = VersionMaker(master, options, web, wishes.credits)

    def path_of(step: Step) -> Path:
        return folder / f"{name}.{step.name}.glb"

    for version in maker.make_all(steps_for(options), path_of, part_of(progress, 0.1, 0.85)):
        _record(version, done)
    if wishes.ar:
        progress(0.85, "augmented reality")
        _make_ar(maker.rebaker, folder, name, wishes, done)
    if wishes.print_format is not PrintFormat.none:
        progress(0.95, "printing")
        _make_print(master, folder / f"{name}.{wishes.print_format}", wishes, done)


def _record(version: Version, done: Optimised) -> None:
    """Check a version, and say what was measured of it, with a picture."""
    path = version.path
    _check(path, done)
    strip = path.with_suffix(".looks.webp")
    with replacing(strip) as temporary:
        temporary.write_bytes(strip_webp(*version.frames))
    done.files[path.name] = {
        "quality": version.step.quality.value,
        "way": version.way,
        "faces": version.faces,
        "texture_px": version.texture_px,
        "texture_quality": version.quality,
        "picture": strip.name,
        **looks_entry(version.looks, version.distances, version.bytes, version.tries),
    }
    done.notes += [f"{path.name}: {note}" for note in version.notes]
    if version.bytes > version.step.bytes:
        done.over_budget.append(path.name)


def _make_ar(rebaker: Rebaker, folder: Path, name: str, wishes: Wishes, done: Optimised) -> None:
    """One atlas and few faces, as phones take them: GLB for Scene Viewer, USDZ for Quick Look."""
    options = RebakeOptions(texture_px=min(MOST_PX, texture_px_for(rebaker.master)))
    scene, report = rebaker.make(Budget(faces=min(MOST_FACES, rebaker.master.faces)), options)
    glb, usdz = folder / f"{name}.ar.glb", folder / f"{name}.ar.usdz"
    write_ar_glb(glb, scene, credits=wishes.credits)
    _check(glb, done)
    lacks = write_usdz(usdz, scene, credits=wishes.credits)
    for path in (glb, usdz):
        done.files[path.name] = {"bytes": path.stat().st_size, "faces": report.faces}
    done.notes += [f"{usdz.name}: {note}" for note in lacks.notes]


def _make_print(master: Scene, path: Path, wishes: Wishes, done: Optimised) -> None:
    report: PrintReport
    if path.suffix == ".stl":
        report = write_stl(path, master)
    else:
        report = write_3mf(path, master, credits=wishes.credits)
    done.files[path.name] = {"bytes": path.stat().st_size, **asdict(report)}
    if not report.watertight:
        done.notes.append(
            f"{path.name}: {report.open_edges:,} open edges: not the skin of a body, a printer's "
            "software has to close it"
        )


def _check(path: Path, done: Optimised) -> None:
    """What the Khronos validator says. Invalid glTF is a bug: RuntimeError."""
    found = validate_glb(path)
    if found.errors:
        raise RuntimeError(f"{path.name}: the glTF validator says {found.errors[0]}")
    done.notes += [f"{path.name}: {line}" for line in found.warnings if MEANT not in line]
