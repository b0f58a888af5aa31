"""The built front end: hashed names from Vite's manifest, files with their packed siblings."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app

from viewer.replies import IMMUTABLE, accepted_encoding, file_reply, media_type

bp = Blueprint("frontend", __name__)

SAFE_NAME = re.compile(r"assets/[A-Za-z0-9_][A-Za-z0-9._-]*")
PACKED = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True)
class Entry:
    """What a page has to load: names below static/."""

    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    preloads: list[str] = field(default_factory=list)


class FrontEnd:
    """The files that Vite wrote to one folder; a new build is noticed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp: int | None = None
        self._manifest: dict[str, Any] = {}

    def entry(self, source: str) -> Entry | None:
        """What the entry of a source file loads; None when the front end is not built."""
        manifest = self._read()
        if source not in manifest:
            return None
        chunks = _with_imports(manifest, source)
        styles = [css for chunk in chunks for css in chunk.get("css", [])]
        scripts = [manifest[source]["file"]]
        preloads = [chunk["file"] for chunk in chunks if chunk["file"] not in scripts]
        return Entry(scripts, list(dict.fromkeys(styles)), preloads)

    def is_older_than(self, sources: Path) -> bool:
        """Whether a file below ``sources`` was changed after the front end was built.

        False where either is not there: an installed program has no sources.
        """
        try:
            built = self._manifest_path.stat().st_mtime
        except OSError:
            return False
        return any(path.stat().st_mtime > built for path in sources.rglob("*") if path.is_file())

    @property
    def _manifest_path(self) -> Path:
        return self.folder / ".vite" / "manifest.json"

    def _read(self) -> dict[str, Any]:
        path = self._manifest_path
        try:
            stamp = path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._manifest = json.loads(path.read_bytes())
                self._stamp = stamp
        except (OSError, ValueError):
            self._manifest, self._stamp = {}, None
        return self._manifest


def _with_imports(manifest: dict[str, Any], source: str) -> list[dict[str, Any]]:
    """The chunk of a source and all that it imports statically, each once, importer first."""
    found: dict[str, dict[str, Any]] = {}
    queue = [source]
    while queue:
        name = queue.pop(0)
        if name not in found and name in manifest:
            found[name] = manifest[name]
            queue.extend(manifest[name].get("imports", []))
    return list(found.values())


@bp.get("/static/<path:name>")
def static_file(name: str) -> Response:
    """Serve a hashed asset for ever, packed when the browser takes it.

    404 for every name that is not a plain file of assets/.
    """
    if not SAFE_NAME.fullmatch(name) or name.endswith(tuple(PACKED.values())):
        abort(404)
    path: Path = current_app.extensions["frontend"].folder / name
    if not path.is_file():
        abort(404)
    siblings = {kind: path.with_name(path.name + end) for kind, end in PACKED.items()}
    there = tuple(kind for kind, sibling in siblings.items() if sibling.is_file())
    encoding = accepted_encoding(there)
    etag = path.name if encoding is None else f"{path.name}-{encoding}"
    response = file_reply(
        siblings[encoding] if encoding else path,
        media_type(name),
        etag=etag,
        cache=IMMUTABLE,
        encoding=encoding,
    )
    response.headers["Vary"] = "Accept-Encoding"
    return response
