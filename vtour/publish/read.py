"""What a viewer may know of scene packages: where they are, what they hold, their files.

Read only. Every name from outside goes through ``PackageRef.file``: only files that the
manifest lists are there at all, and their paths are checked to stay inside the package.
"""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from vtour.errors import InputError, VtourError
from vtour.files import path_inside
from vtour.schema.tour import Tour

__all__ = [
    "MANIFEST",
    "BrokenPackage",
    "InputError",
    "PackageLibrary",
    "PackageRef",
    "VtourError",
    "find_packages",
    "read_package",
]

MANIFEST = "tour.json"
MAX_MANIFEST_BYTES = 64 << 20
RESCAN_S = 1.0


@dataclass(frozen=True)
class PackageFile:
    """One file of a package, found on disk.

    digest : SHA-256 of its bytes, as the manifest says; of a tile, that of all tiles of its node or
             of its tileset.
    """

    path: Path
    digest: str


@dataclass(frozen=True)
class PackageRef:
    """One scene package that can be served.

    root     : its folder.
    manifest : the bytes of tour.json, as they were when ``tour`` was read.
    digest   : SHA-256 of those bytes: the version of the package.
    stamp    : what tells that tour.json was replaced on disk.
    """

    root: Path
    tour: Tour
    manifest: bytes = field(repr=False)
    digest: str
    stamp: tuple[int, int, int]

    @property
    def id(self) -> str:
        """The site's id, as tour.json says it."""
        return self.tour.id

    def file(self, name: str) -> PackageFile | None:
        """A file that the manifest lists; None for any other name, or when it is gone."""
        digest = self.tour.files.get(name) or self._tiles_digest(name)
        if digest is None:
            return None
        try:
            path = path_inside(self.root, name)
        except InputError:
            return None
        return PackageFile(path, digest) if path.is_file() else None

    def _tiles_digest(self, name: str) -> str | None:
        """The digest of all tiles of the node or the tileset that has a tile of this name."""
        for node in self.tour.nodes:
            if node.panorama.tiles_sha256 and node.panorama.has_tile(name):
                return node.panorama.tiles_sha256
        return next((one.tiles_sha256 for one in self.tour.tilesets if one.has_tile(name)), None)


@dataclass(frozen=True)
class BrokenPackage:
    """A folder with a tour.json that cannot be served, and why, in one line.

    summary : the reason without any path, fit for visitors.
    """

    root: Path
    reason: str
    summary: str


def read_package(root: Path) -> PackageRef:
    """Read one package's manifest. Raises InputError naming the first thing wrong with it."""
    path = root / MANIFEST
    try:
        stamp = _stamp(path)
        if stamp[1] > MAX_MANIFEST_BYTES:
            raise InputError(f"{path}: {stamp[1]:,} bytes, expected at most {MAX_MANIFEST_BYTES:,}")
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        tour = Tour.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {where}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON ({error}), expected a manifest") from None
    return PackageRef(root, tour, text, hashlib.sha256(text).hexdigest(), stamp)


def package_folders(path: Path) -> list[Path]:
    """The package folders that a path stands for, sorted.

    path : a package, a work folder (its package/), or a folder of either.
    Raises InputError when it does not exist; an empty folder holds none.
    """
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing there"
        raise InputError(f"{path}: {found}, expected a scene package or a folder of packages")
    if (one := _package_in(path)) is not None:
        return [one]
    try:
        children = sorted(child for child in path.iterdir() if child.is_dir())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    visible = (child for child in children if not child.name.startswith("."))
    return [inner for child in visible if (inner := _package_in(child)) is not None]


def _package_in(folder: Path) -> Path | None:
    candidates: tuple[Path, ...] = (folder, folder / "package")
    for candidate in candidates:
        if (candidate / MANIFEST).is_file():
            return candidate
    return None


class PackageLibrary:
    """All packages below some paths; a package that is replaced or added on disk is noticed.

    Safe to share between threads. Reading is cached by what the file system says of tour.json.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Look once. Raises InputError for a path that is not there, or an id used twice."""
        self._paths = [Path(path) for path in paths]
        self._cache: dict[Path, PackageRef | BrokenPackage] = {}
        self._packages: dict[str, PackageRef] = {}
        self._broken: list[BrokenPackage] = []
        self._lock = threading.Lock()
        self._looked_s = float("-inf")
        for path in self._paths:
            package_folders(path)
        twins = self._look()
        if twins:
            raise InputError(twins[0].reason)

    def packages(self) -> dict[str, PackageRef]:
        """Packages by id, sorted by id."""
        self._look_when_due()
        return self._packages

    def broken(self) -> list[BrokenPackage]:
        """What has a tour.json and cannot be served."""
        self._look_when_due()
        return self._broken

    def get(self, tour_id: str) -> PackageRef | None:
        """The package of one id as it is on disk now; None when there is none."""
        known = self._packages.get(tour_id)
        if known is not None and not _is_current(known):
            self._looked_s = float("-inf")
        return self.packages().get(tour_id)

    def _look_when_due(self) -> None:
        if time.monotonic() - self._looked_s >= RESCAN_S:
            with self._lock:
                self._look()

    def _look(self) -> list[BrokenPackage]:
        """Read what is new or changed; returns packages left out because their id is taken."""
        found: dict[str, PackageRef] = {}
        broken: list[BrokenPackage] = []
        twins: list[BrokenPackage] = []
        folders = self._folders()
        for folder in folders:
            entry = self._entry(folder)
            if isinstance(entry, BrokenPackage):
                broken.append(entry)
            elif (other := found.get(entry.id)) is not None:
                reason = (
                    f"tour {entry.id!r}: found in {other.root} and in {folder}, "
                    "expected every id once"
                )
                summary = f"tour {entry.id!r} is there already, expected every id once"
                twins.append(BrokenPackage(folder, reason, summary))
            else:
                found[entry.id] = entry
        self._cache = {folder: self._cache[folder] for folder in folders}
        self._packages = dict(sorted(found.items()))
        self._broken = broken + twins
        self._looked_s = time.monotonic()
        return twins

    def _folders(self) -> list[Path]:
        """Each package folder once, however it was reached; a path that went away has none."""
        seen: dict[Path, Path] = {}
        for path in self._paths:
            with contextlib.suppress(InputError):
                for folder in package_folders(path):
                    seen.setdefault(folder.resolve(), folder)
        return list(seen.values())

    def _entry(self, folder: Path) -> PackageRef | BrokenPackage:
        known = self._cache.get(folder)
        if isinstance(known, PackageRef) and _is_current(known):
            return known
        try:
            self._cache[folder] = read_package(folder)
        except InputError as error:
            summary = str(error).removeprefix(f"{folder}/")
            self._cache[folder] = BrokenPackage(folder, str(error), summary)
        return self._cache[folder]


def find_packages(paths: Sequence[Path]) -> dict[str, PackageRef]:
    """Packages by id: each path is a package, a work folder, or a folder of either.

    Raises InputError for a path that is not there, and for an id that two packages share.
    """
    return PackageLibrary(paths).packages()


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_current(package: PackageRef) -> bool:
    try:
        return _stamp(package.root / MANIFEST) == package.stamp
    except OSError:
        return False
