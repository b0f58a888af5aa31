"""The work folder of one site: opened, held by one run at a time, remembering its captures."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from vtour.errors import InputError, ResourceError
from vtour.files import remove, replacing, write_text
from vtour.workspace import Workspace


@contextmanager
def only_run(work: Workspace) -> Iterator[None]:
    """Hold the work folder's lock, so that two runs do not mix their results."""
    made = [path for path in (work.root, *work.root.parents) if not path.exists()]
    try:
        work.state.mkdir(parents=True, exist_ok=True)
        lock = FileLock(work.state / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise InputError(f"{work.root}: in use by another run, wait for it to end") from None
    except OSError as error:
        reason = error.strerror or "no such place"
        raise ResourceError(f"{work.root}: cannot be a work folder ({reason})") from None
    try:
        yield
    finally:
        if not (work.state / "stages").is_dir():
            with suppress(OSError):  # else it hides why the run ended
                _take_away_if_empty(work, made)
        lock.release()


def _take_away_if_empty(work: Workspace, made: list[Path]) -> None:
    """Remove what a run made in which no stage has ended, unless something else lies there.

    made : the folders that it made, the innermost first.
    """
    unfinished = list((work.state / "new").glob("*/*"))
    if not unfinished and [path.name for path in work.root.iterdir()] == [work.state.name]:
        remove(work.state)
        for folder in made:
            folder.rmdir()


def open_work(root: Path, captures: Path | None = None) -> Workspace:
    """The work folder at ``root``, made from ``captures``, or from those remembered in it.

    Nothing is written before a run holds the folder's lock. Raises InputError when the captures
    are not a folder, when the work folder holds other things or the work on other captures, or
    when one lies inside the other.
    """
    remembered = remembered_captures(root)
    if captures is None:
        if remembered is None:
            raise InputError(f"{root}: not a work folder of vtour, expected the --out of a build")
        return Workspace(root, remembered)
    if not captures.is_dir():
        found = "a file" if captures.exists() else "not found"
        raise InputError(f"{captures}: {found}, expected a folder of captures")
    captures = captures.resolve()
    if root.resolve().is_relative_to(captures):
        raise InputError(f"{root}: lies inside the captures, expected a folder outside {captures}")
    try:
        found_names = {path.name for path in root.iterdir()}
    except FileNotFoundError:
        found_names = set()
    except OSError as error:
        raise InputError(f"{root}: {error.strerror}, expected a folder to work in") from None
    if remembered is None:
        if found_names and ".vtour" not in found_names:
            raise InputError(f"{root}: holds other files, expected an empty or a work folder")
    elif remembered != captures and remembered.is_dir():
        raise InputError(
            f"{root}: holds the work on {remembered}, expected another folder for {captures}"
        )
    return Workspace(root, captures)


def remembered_captures(root: Path) -> Path | None:
    """The captures that a work folder was made from; None when it does not say."""
    try:
        text = (root / ".vtour" / "captures").read_bytes()
    except OSError:
        return None
    return Path(os.fsdecode(text)) if text else None


def remember(work: Workspace, profile: str | None, settings: Sequence[str]) -> None:
    """Keep what later commands need: where the captures are, profile and settings of the build."""
    if work.captures is not None:
        with replacing(work.state / "captures") as temporary:
            temporary.write_bytes(os.fsencode(work.captures))
    if profile is not None:
        write_text(work.state / "profile", profile)
        write_text(work.state / "settings", "\n".join(settings))


def read_profile(work: Workspace) -> str | None:
    """The profile of the last build, if there was one."""
    path = work.state / "profile"
    return path.read_text("utf-8", errors="replace") if path.is_file() else None


def read_settings(work: Workspace) -> tuple[str, ...]:
    """The ``--set`` texts of the last build."""
    path = work.state / "settings"
    text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    return tuple(text.splitlines())
