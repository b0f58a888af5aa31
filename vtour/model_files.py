"""Reads what is said of models made elsewhere: models.yaml, and what the stages make of them."""

import difflib
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from vtour.errors import InputError
from vtour.frames import FloatArray
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.models import MadeModel, MadeModels, ModelEntry, ModelsFile, told_nothing
from vtour.siteyaml import contract_from_text
from vtour.station_files import read_if_there
from vtour.workspace import Workspace
from vtour.yaml_marks import text_of_file

FIELDS = "'models:' and a list of models"


@dataclass(frozen=True)
class SiteModel:
    """A model of the captures that can be used, and what models.yaml says of it.

    bounds : (2, 3) float64, least and greatest corner, in the file's own coordinates.
    """

    file: CaptureFile
    entry: ModelEntry
    bounds: FloatArray

    @property
    def id(self) -> str:
        """Its id in the tour."""
        return self.file.model or ""

    @property
    def format(self) -> str:
        """'GLB', 'glTF', 'OBJ' or 'PLY'."""
        return self.file.model_format or ""


def read_models_file(path: Path) -> ModelsFile:
    """Read and check a models.yaml; one with nothing but comments says nothing.

    Raises InputError ('models.yaml:12:5: ...') as read_site does.
    """
    return models_from_text(text_of_file(path), path.name)


def models_from_text(text: str, name: str = "models.yaml") -> ModelsFile:
    """The same for a text; ``name`` is the file's name in errors."""
    lines = (line.strip() for line in text.splitlines())
    if all(not line or line.startswith("#") for line in lines):
        return ModelsFile(models=[])
    return contract_from_text(text, name, ModelsFile, FIELDS)


def entries_by_path(told: ModelsFile, files: list[CaptureFile], name: str) -> dict[str, ModelEntry]:
    """What models.yaml says, by the path of the model in the captures.

    name : of the file, for errors. ``file`` is written from the folder of models, or from the root.

    Raises InputError for a file that is no model of the captures, or is named twice.
    """
    paths = [file.path for file in files if file.kind is FileKind.model]
    found: dict[str, ModelEntry] = {}
    for entry in told.models:
        path = _path_of(entry.file, paths)
        if path is None:
            near = difflib.get_close_matches(entry.file, _short(paths), n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(f"{name}: file {entry.file!r} not found among the models{hint}")
        if path in found:
            raise InputError(f"{name}: file {entry.file!r} is written twice, expected once")
        found[path] = entry
    return found


def _path_of(name: str, paths: list[str]) -> str | None:
    """The model that a name means: written the same, else as another system writes it."""
    wanted = PurePosixPath(name.replace("\\", "/")).as_posix()
    for form in (str, _composed, _folded):
        forms = (form(wanted), form(f"models/{wanted}"))
        for path in paths:
            if form(path) in forms:
                return path
    return None


def _composed(text: str) -> str:
    """Letters and their marks as one: macOS writes them apart."""
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    """As Windows and macOS compare names."""
    return _composed(_composed(text).casefold())


def _short(paths: list[str]) -> list[str]:
    return [path.removeprefix("models/") for path in paths]


def models_of_site(work: Workspace) -> list[SiteModel]:
    """All models of the captures that can be used, by path, with what models.yaml says of them.

    Raises InputError when models.yaml is gone or not valid.
    """
    told = _entries(work)
    return [site_model(file, told) for file in work.files.usable_models()]


def site_model(file: CaptureFile, told: dict[str, ModelEntry]) -> SiteModel:
    """A model of the inventory with its entry, or one that says nothing."""
    bounds = np.array([file.bounds_min or [0.0] * 3, file.bounds_max or [0.0] * 3])
    return SiteModel(file, told.get(file.path) or told_nothing(file.path), bounds)


def _entries(work: Workspace) -> dict[str, ModelEntry]:
    for file in work.files.files:
        if file.kind is FileKind.models and file.status is FileStatus.used:
            path = work.capture_path(file)
            return entries_by_path(read_models_file(path), work.files.files, file.path)
    return {}


def only_models(inventory: Inventory) -> bool:
    """Whether a site's captures are nothing but models."""
    others = (
        inventory.usable_photos(),
        inventory.usable_panoramas(),
        inventory.usable_scans(),
        inventory.panorama_sets(),
    )
    return bool(inventory.usable_models()) and not any(others)


def read_made_models(path: Path) -> list[MadeModel]:
    """The models that were made; none when there is no file. Raises InputError when damaged."""
    return read_if_there(path, MadeModels, MadeModels(models=[])).models
