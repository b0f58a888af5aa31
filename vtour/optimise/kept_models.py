"""Models that were made already: kept as long as nothing changes that they were made of.

A site of ten models takes hours; a new title of one of them must not make the others again. Every
model's folder says in ``made.json`` what it was made of, and the digest of what lies there.

Left: a model whose pictures lie in one folder with those of others is made again with theirs. Which
of them it opened is not kept, and a picture that was missing may have come.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from vtour.files import remove, text_digest, tree_digest, write_json
from vtour.model_files import SiteModel
from vtour.options import StageOptions
from vtour.schema.inventory import CaptureFile
from vtour.schema.models import KeptModel, MadeModel
from vtour.schema.site import Site
from vtour.schema.world import World

MADE = "made.json"


def model_key(
    model: SiteModel,
    parts: Iterable[CaptureFile],
    world: World,
    site: Site | None,
    options: StageOptions,
    *,
    alone: bool,
) -> str:
    """Digest of all that one model is made of, besides the program itself.

    parts : the pictures, materials and buffers of all models: those in its folder and below count,
            as no model opens others.
    """
    folder = PurePosixPath(model.file.path).parent
    beside = [part for part in parts if PurePosixPath(part.path).is_relative_to(folder)]
    depends: dict[str, Any] = {
        "file": model.file.to_json(),
        "parts": [[part.path, part.sha256] for part in beside],
        "entry": model.entry.to_json(),
        "world": world.model_dump(mode="json", include={"anchor", "north", "scale"}),
        "site": site and site.model_dump(mode="json", include={"id", "name", "license", "credit"}),
        "options": {name: str(value) for name, value in asdict(options).items()},
        "alone": alone,
    }
    return text_digest(json.dumps(depends, sort_keys=True))


def kept_model(folder: Path, key: str) -> MadeModel | None:
    """What lies in a folder, when it was made under that key and nobody has touched it since."""
    try:
        kept = KeptModel.model_validate_json((folder / MADE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return kept.model if (kept.key, kept.files_sha256) == (key, _files_digest(folder)) else None


def keep_model(folder: Path, key: str, made: MadeModel) -> None:
    """Write down what was made."""
    kept = KeptModel(key=key, files_sha256=_files_digest(folder), model=made)
    write_json(folder / MADE, kept.to_json())


def forget_models(folder: Path, ids: set[str]) -> None:
    """Remove all models of a folder but those."""
    for other in folder.glob("*"):
        if other.is_dir() and other.name not in ids:
            remove(other)


def _files_digest(folder: Path) -> str:
    digests = {path.name: tree_digest(path) for path in folder.iterdir() if path.name != MADE}
    return text_digest(json.dumps(digests, sort_keys=True))
