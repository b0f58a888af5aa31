"""The files of other people's viewers, from our Node packages, with their licences."""

import base64
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from vtour.errors import ResourceError
from vtour.files import write_text
from vtour.node import SCRIPTS
from vtour.tour.media import copy_file

PAGES = Path(__file__).parent / "pages"
LICENCES = "LICENSES.txt"
FIELD = re.compile(r"\{\{(\w+)\}\}")


def copy_library(files: Mapping[str, str], licences: Sequence[str], folder: Path) -> None:
    """Copy files of Node packages to ``folder`` by their new names, and write LICENSES.txt.

    files    : new name -> path below node_modules.
    licences : paths of licence texts below node_modules.

    Raises ResourceError when the packages are not installed.
    """
    for name, source in files.items():
        copy_file(_installed(source), folder / name)
    texts = [f"{path}\n\n{_installed(path).read_text(encoding='utf-8')}" for path in licences]
    write_text(folder / LICENCES, ("\n" + "-" * 79 + "\n").join(texts))


def _installed(name: str) -> Path:
    path = SCRIPTS / "node_modules" / name
    if not path.is_file():
        raise ResourceError(f"{path}: not found, expected `npm ci` to have been run in {SCRIPTS}")
    return path


def write_page(
    kind: str,
    name: str,
    out: Path,
    values: Mapping[str, str],
    as_is: Mapping[str, str] | None = None,
) -> None:
    """Write a page of ours: every ``{{name}}`` is replaced by its value, escaped for HTML.

    as_is : values of our own making that are not escaped.
    """
    text = (PAGES / kind / name).read_text(encoding="utf-8")
    known = {key: html.escape(value) for key, value in values.items()} | dict(as_is or {})
    write_text(out / name, FIELD.sub(lambda found: known[found[1]], text))


def copy_pages(kind: str, names: Sequence[str], out: Path) -> None:
    """Copy files of ours that are the same in every tour."""
    for name in names:
        copy_file(PAGES / kind / name, out / name)


def csp_hash(script: str) -> str:
    """The source expression of a content security policy that allows just this inline script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
