"""One model of any origin, ready for the web: ``vtour optimise``.

Reads it, cleans it, writes its versions (``versions``), files for augmented reality and for
printing, pictures that compare each version with the model, and a list of it all.
"""

import json
import tempfile
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.files import resource_errors, write_json
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits
from vtour.model_places import UPRIGHT_FROM_FILE
from vtour.models import ModelFormat, model_format, read_scene, what_moves
from vtour.optimise.choosing.versions import VersionOptions, steps_for
from vtour.optimise.derive import Derived, Place, checked, derive
from vtour.optimise.shaping.clean import clean_scene
from vtour.optimise.shaping.turn import turned_scene
from vtour.optimise.writing.recompress import recompress_glb
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_print import PrintReport, write_3mf, write_stl
from vtour.optimise.writing.write_web import WebOptions
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.models import ModelUnit, UpAxis
from vtour.schema.tour import Derivative
from vtour.slugs import slug_from_name

LIST_NAME = "optimise.json"


class PrintFormat(StrEnum):
    """A file for printing."""

    none = "none"
    stl = "stl"
    threemf = "3mf"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What to make of a model, besides its versions, and what its file does not tell.

    units : metres when it is not told; up : y of glTF, z of OBJ and PLY.
    """

    units: ModelUnit | None = None
    up: UpAxis | None = None
    ar: bool = True
    print_format: PrintFormat = PrintFormat.none
    credits: Credits | None = None
    copyright: str | None = None


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

    All or nothing: what is there is replaced when everything is made, and files that an earlier
    list names are gone then. A model that moves (animations, skins, morph targets) keeps its
    geometry: its pictures and buffers are compressed, and nothing else is made of it.

    Raises InputError, one line, for a model that is damaged or hostile, or a folder that is a
    file, has the versions of another model, or has the model itself where a file would go.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file, expected a folder to write to")
    earlier = _earlier_files(folder, source)
    name, done = slug_from_name(source.stem, empty="model"), Optimised()
    moves = what_moves(source)
    if moves and model_format(source) is not ModelFormat.glb:
        raise InputError(f"{source.name}: has {', '.join(moves)}, expected it as one GLB file")
    scene = None if moves else read_scene(source)
    with resource_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vtour-", dir=folder) as temporary:
        new = Path(temporary)
        if scene is None:
            _keep(source, new / f"{name}.glb", web, done)
            told = f"{source.name}: has {', '.join(moves)}: kept as it is, compressed only"
            done.notes.append(told)
            if wishes.units or wishes.up:
                done.notes.append("units and up are not changed in a model that moves")
        else:
            told_scene = _upright(scene, source, wishes, done)
            _make_all(told_scene, new, name, options, web, wishes, done, progress)
        write_json(new / LIST_NAME, {"source": source.name, **asdict(done)})
        _publish(new, folder, source, earlier)
    progress(1.0, "done")
    return done


def _earlier_files(folder: Path, source: Path) -> set[str]:
    """Names of the files that an earlier list has. Raises InputError for that of another model."""
    path = folder / LIST_NAME
    if not path.is_file():
        return set()
    try:
        listed = json.loads(path.read_bytes())
        other, files = listed["source"], listed["files"]
        names = {*files, *(each["picture"] for each in files.values() if "picture" in each)}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: is no list of vtour's, expected an empty folder") from None
    if other != source.name:
        raise InputError(f"{folder}: has the versions of {other}, expected a folder for each model")
    return {name for name in names if isinstance(name, str) and Path(name).name == name}


def _publish(new: Path, folder: Path, source: Path, earlier: set[str]) -> None:
    """Put new files in the place of those of an earlier run; the list last."""
    made = sorted(path.name for path in new.iterdir())
    for name in made:
        target = folder / name
        if target.exists() and target.samefile(source):
            raise InputError(f"{target}: is the model itself, expected another folder")
    for name in sorted(earlier - set(made)):
        target = folder / name
        if target.is_file() and not target.samefile(source):
            target.unlink()
    for name in sorted(made, key=lambda each: each == LIST_NAME):
        (new / name).replace(folder / name)


def _upright(scene: Scene, source: Path, wishes: Wishes, done: Optimised) -> Scene:
    """The scene in metres, +Y up."""
    is_gltf = model_format(source) in (ModelFormat.glb, ModelFormat.gltf)
    up = wishes.up or (UpAxis.y if is_gltf else UpAxis.z)
    if not is_gltf and wishes.units is None:
        done.notes.append(f"{source.name}: metres are taken, --units says what else they are")
    if not is_gltf and wishes.up is None:
        done.notes.append(f"{source.name}: z is taken to point up, --up y when it lies on its back")
    return turned_scene(scene, UPRIGHT_FROM_FILE[up], (wishes.units or ModelUnit.m).metres)


def _keep(source: Path, path: Path, web: WebOptions, done: Optimised) -> None:
    result = recompress_glb(source, path, web)
    if wrong := validate_glb(source).errors:
        done.notes.append(f"{source.name}: is no valid glTF, and stays so: {wrong[0]}")
    else:
        done.notes += checked(path)
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
    master = replace(master, copyright=wishes.copyright or master.copyright)
    done.faces = master.faces
    done.files["cleaned"] = asdict(cleaned)
    progress(0.05, "looking at the model")
    place = Place(
        folder=folder,
        uri="model",  # a list of files has none
        name=name,
        strip=lambda step: folder / f"{name}.{step}.looks.webp",
        metric=True,
    )
    made = derive(
        master,
        place,
        steps_for(options),
        options,
        web,
        wishes.credits,
        ar=wishes.ar,
        progress=part_of(progress, 0.05, 0.95),
    )
    for derivative in made.derivatives:
        done.files[Path(derivative.uri).name] = _facts(derivative, made, place)
    left_out = [line for each in made.details.values() for line in each["left_out"]]
    done.notes += [*made.notes, *left_out, *made.over_budget.values()]
    done.over_budget += made.over_budget
    if wishes.print_format is not PrintFormat.none:
        progress(0.95, "printing")
        _make_print(master, folder / f"{name}.{wishes.print_format}", wishes, done)


def _facts(derivative: Derivative, made: Derived, place: Place) -> dict[str, Any]:
    """What was measured of a file."""
    step = derivative.quality.value.lower()
    if step not in made.looks:
        return {"bytes": derivative.bytes, "faces": derivative.faces}
    return {
        "quality": derivative.quality.value,
        **made.details[step],
        "picture": place.strip(step).name,
        **made.looks[step],
    }


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
