"""A closer look at models made elsewhere: read whole, so that damage is told in time to mend it.

Each model has one id: its folder's name below models/ when it lies there alone, else its own.
"""

import threading
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from vtour.capture.kinds import BESIDE_MODEL, NO_MODEL_NAMES
from vtour.capture.photos import DECODE_ERRORS
from vtour.errors import InputError
from vtour.glb.gltf_summary import summary_of_gltf
from vtour.models import ModelFormat, model_format, read_scene, what_moves
from vtour.models.document import read_document
from vtour.models.mtl import PICTURES
from vtour.models.ply import NO_FACES
from vtour.models.uris import files_opened
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.slugs import id_from_name

OWN_ID = "site"
"""Id of the model that photos and scans give."""

CLAIMABLE = (FileKind.photo, FileKind.panorama, FileKind.model_part, FileKind.other)
"""What may turn out to be a part of a model. Not models, and not what people wrote: a material
file that says ``map_Kd privacy.yaml`` must not take it away."""

_ONE_AT_A_TIME = threading.Lock()  # models are large: a reader takes several times their bytes


def look_at_model(path: Path, file: CaptureFile) -> set[Path]:
    """Fill in what a model tells; one that is damaged or hostile is unusable.

    Returns the files beside it that it names, as far as it could be read.
    """
    with _ONE_AT_A_TIME, files_opened() as opened:
        try:
            _read(path, file)
        except InputError as error:
            reason = str(error).removeprefix(f"{path.name}: ")
            hint = "; a cloud belongs into scans/" if reason.startswith(NO_FACES) else ""
            file.status, file.reason = FileStatus.unusable, reason + hint
    return opened


def _read(path: Path, file: CaptureFile) -> None:
    kind = model_format(path)
    file.model_format = kind.value
    moves = what_moves(path)
    if moves:
        _read_moving(path, file, moves)
        return
    scene = read_scene(path)
    low, high = scene.bounds
    origin = np.asarray(scene.origin)
    file.faces = scene.faces
    file.bounds_min = [float(value) for value in origin + low]
    file.bounds_max = [float(value) for value in origin + high]
    file.notes += scene.notes


def _read_moving(path: Path, file: CaptureFile, moves: list[str]) -> None:
    """A model that moves is kept as it is: only its document is read."""
    told = ", ".join(moves)
    if file.model_format != ModelFormat.glb.value:
        raise InputError(f"has {told}, expected it as one GLB file")
    summary = summary_of_gltf(read_document(path))
    if summary.outside:
        raise InputError(f"has {told} and names files outside of it, expected all in one GLB file")
    if summary.bounds is None:
        raise InputError("0 faces, expected a model")
    file.moves = True
    file.bounds_min, file.bounds_max = summary.bounds.tolist()
    file.notes.append(f"has {told}: kept as it is, compressed only")


def name_models(files: list[CaptureFile], opened: dict[str, list[str]]) -> None:
    """Give ids to all models that can be used, and to the files that they name.

    opened : the files that each model names, by path.
    """
    models = [file for file in files if file.kind is FileKind.model]
    models.sort(key=lambda file: file.status is not FileStatus.used)  # those have the first say
    ids = model_ids([file.path for file in models if file.status is FileStatus.used])
    by_path = {file.path: file for file in files}
    for model in models:
        if model.status is FileStatus.ignored:
            continue
        model.model = ids.get(model.path)
        for path in opened.get(model.path, []):
            if path in by_path and path != model.path:
                _claim(by_path[path], model)


def _claim(part: CaptureFile, model: CaptureFile) -> None:
    """Give a file to a model that names it; what a model names need not be its own."""
    if part.kind not in CLAIMABLE:
        return
    if model.status is not FileStatus.used:
        if part.reason in (NO_MODEL_NAMES, BESIDE_MODEL):
            part.reason = f"belongs to {model.path}, which cannot be used"
    elif part.kind is not FileKind.model_part or part.status is not FileStatus.used:
        part.kind, part.status = FileKind.model_part, FileStatus.used
        part.model, part.reason = model.model, None


def measure_parts(captures: Path, files: list[CaptureFile]) -> None:
    """Fill in the sizes of the pictures that models name, by their headers, for the plan."""
    for file in files:
        is_part = (file.kind, file.status) == (FileKind.model_part, FileStatus.used)
        if not is_part or file.width_px is not None:
            continue
        try:
            with Image.open(captures / file.path, formats=PICTURES) as picture:
                file.width_px, file.height_px = picture.size
        except DECODE_ERRORS:
            continue  # materials, buffers; the model's own line tells of a damaged picture


def model_ids(paths: list[str]) -> dict[str, str]:
    """The id of each model that can be used, by path in the captures; two may have the same."""
    folders = Counter(_folder(path) for path in paths)
    ids = {}
    for path in paths:
        folder = _folder(path)
        alone = folder is not None and folders[folder] == 1
        name = folder if folder is not None and alone else PurePosixPath(path).stem
        found = id_from_name(name, "model")
        ids[path] = f"{OWN_ID}-model" if found == OWN_ID else found
    return ids


def _folder(path: str) -> str | None:
    """The folder below models/ that a model lies in; None for models/ itself, and elsewhere."""
    parts = PurePosixPath(path).parts
    return parts[1] if len(parts) > 2 and parts[0].lower() == "models" else None


def twin_models(files: list[CaptureFile]) -> list[str]:
    """One line for every model whose id another one has."""
    first: dict[str, str] = {}
    told = []
    for file in files:
        if (file.kind, file.status) == (FileKind.model, FileStatus.used) and file.model:
            other = first.setdefault(file.model, file.path)
            if other != file.path:
                told.append(
                    f"{file.path}: model id {file.model!r} is used by {other} too, "
                    "rename one of them"
                )
    return told
