"""Files that a model names: only those in its own folder and below it are opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import unquote

from vtour.errors import InputError
from vtour.files import path_inside

MAX_URI = 1024
MAX_FILE_BYTES = 4 << 30

_OPENED: ContextVar[set[Path] | None] = ContextVar("opened", default=None)


@contextmanager
def files_opened() -> Iterator[set[Path]]:
    """Collect the files beside a model that are opened for it, also when reading it fails."""
    opened: set[Path] = set()
    token = _OPENED.set(opened)
    try:
        yield opened
    finally:
        _OPENED.reset(token)


def file_of_uri(model: Path, uri: object, what: str) -> Path:
    """The file that a URI of glTF names, percent signs decoded once.

    what : 'buffer' or 'picture', for the error.

    Raises InputError for what leads out of the model's folder, in whatever disguise: absolute, on
    a host, with a scheme, ``..``, backslashes, encoded signs, symbolic links; and for a file that
    is not there.
    """
    text = str(uri)
    try:
        name = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InputError(_said(model, what, text, "is no UTF-8", "a file in its folder")) from None
    path = file_beside(model, name, what)
    if path is None:
        raise InputError(_said(model, what, text, "not found", "a file in its folder"))
    return path


def file_beside(model: Path, name: str, what: str, said: str = "") -> Path | None:
    """The file of that name in the model's folder or below; None when it is not there.

    said : the name as the model has it, for errors, when it is another.

    Raises InputError for a name that leads elsewhere, and for a file beyond MAX_FILE_BYTES.
    """
    try:
        if len(name) > MAX_URI:
            raise InputError("too long")
        path = path_inside(model.parent, name)
        if not path.is_file():
            return None
        size = path.stat().st_size
    except (InputError, OSError, ValueError, RuntimeError):
        raise elsewhere(model, what, said or name) from None
    if size > MAX_FILE_BYTES:
        most = f"at most {MAX_FILE_BYTES:,}"
        raise InputError(_said(model, what, said or name, f"has {size:,} bytes", most))
    opened = _OPENED.get()
    if opened is not None:
        opened.add(path)
    return path


def elsewhere(model: Path, what: str, name: str) -> InputError:
    """The error of a name that leads out of the model's folder."""
    return InputError(_said(model, what, name, "leads elsewhere", "a file in its folder"))


def shown(name: str) -> str:
    """A name in quotes for one line of text: its start, backslashes single as in the file."""
    letters = (one if one.isprintable() else repr(one)[1:-1] for one in name[:60])
    return f"'{''.join(letters)}'"


def _said(model: Path, what: str, text: str, found: str, expected: str) -> str:
    return f"{model.name}: {what} {shown(text)} {found}, expected {expected}"
