"""The delivery checksum: ``manifest-sha256.txt`` in BagIt's form (RFC 8493, section 2.1.3).

One line a file: the SHA-256 in hex, two spaces, the path with CR, LF and % percent-encoded,
sorted by path. The manifest itself and files that operating systems leave behind are not listed:
opening the folder in a file manager must not break the seal. Nor does privacy.yaml, in which the
blur review is signed after the delivery: that it was written later is said, and no more.
"""

import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from vtour.capture.kinds import ROOT_FILES, is_made_by_system
from vtour.capture.layout import MANIFEST_NAME, check_folder
from vtour.errors import InputError
from vtour.files import file_digest, write_text
from vtour.progress import Progress, no_progress
from vtour.schema.inventory import FileKind

LINE = re.compile(r"([0-9A-Fa-f]{64})[ \t]+\*?(.+)")
ENCODED = {"%": "%25", "\r": "%0D", "\n": "%0A"}
MAX_MANIFEST_BYTES = 200_000_000


@dataclass(frozen=True)
class Difference:
    """How a folder differs from its manifest: sorted paths.

    later : files that are meant to be written after the delivery, new or changed since the seal;
            they are no difference.
    """

    changed: list[str]
    missing: list[str]
    extra: list[str]
    checked: int
    later: list[str] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        """Whether every file is as it was sealed, and none was added."""
        return not (self.changed or self.missing or self.extra)

    def __str__(self) -> str:
        """Counts, for a message."""
        return f"{len(self.changed)} changed, {len(self.missing)} missing, {len(self.extra)} extra"


def seal_captures(
    captures: Path, progress: Progress = no_progress, *, replace: bool = False
) -> int:
    """Write ``manifest-sha256.txt`` into the folder; returns the number of files listed.

    Raises InputError when a file cannot be read: a seal with gaps is none; and when the folder was
    sealed before and differs from that, unless ``replace``: a seal is evidence.
    """
    check_folder(captures)
    if not replace and (captures / MANIFEST_NAME).exists():
        found = verify_captures(captures)
        if not found.is_none:
            raise InputError(
                f"{captures}: sealed before, and since then {found}; "
                "expected it as it was sealed, or --reseal to seal what is there now"
            )
    names = sealed_names(captures)
    if not names:
        raise InputError(f"{captures}: no files, expected captures to seal")
    lines = []
    for index, name in enumerate(names):
        progress(index / len(names), name)
        lines.append(f"{_digest(captures, name)}  {encoded(name)}\n")
    write_text(captures / MANIFEST_NAME, "".join(lines))
    return len(names)


def verify_captures(captures: Path, progress: Progress = no_progress) -> Difference:
    """Compare the folder with its manifest.

    Raises InputError when there is no manifest, or it is not one.
    """
    check_folder(captures)
    sealed = read_manifest(captures / MANIFEST_NAME)
    name_of = _names_on_disk(sealed, sealed_names(captures))
    changed = []
    for index, (listed, name) in enumerate(sorted(name_of.items())):
        progress(index / len(name_of), name)
        if _digest(captures, name) != sealed[listed]:
            changed.append(name)
    extra = sorted(set(sealed_names(captures)) - set(name_of.values()))
    return Difference(
        changed=[name for name in changed if not is_written_later(name)],
        missing=sorted(set(sealed) - set(name_of)),
        extra=[name for name in extra if not is_written_later(name)],
        checked=len(sealed),
        later=sorted(name for name in (*changed, *extra) if is_written_later(name)),
    )


def is_written_later(name: str) -> bool:
    """Whether a file is no capture, but says what people decided about captures afterwards."""
    return ROOT_FILES.get(name.lower(), (None,))[0] is FileKind.privacy


def _names_on_disk(sealed: dict[str, str], present: list[str]) -> dict[str, str]:
    """Listed path to path on disk: the same, or differing only in Unicode normal form.

    A copy made by macOS may spell 'Đền' in decomposed form (RFC 8493, section 5.2).
    """
    left = {unicodedata.normalize("NFC", name): name for name in present if name not in sealed}
    found = {name: name for name in present if name in sealed}
    for listed in sealed:
        if listed not in found and unicodedata.normalize("NFC", listed) in left:
            found[listed] = left[unicodedata.normalize("NFC", listed)]
    return found


def read_manifest(path: Path) -> dict[str, str]:
    """Digest by path. Raises InputError naming the file and line that is not of the form."""
    if not path.is_file():
        raise InputError(f"{path}: not found, expected a manifest: seal the folder first")
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise InputError(f"{path.name}: expected at most {MAX_MANIFEST_BYTES:,} bytes")
    sealed: dict[str, str] = {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: found no UTF-8 text, expected a manifest") from None
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line:
            continue
        found = LINE.fullmatch(line)
        name = decoded(found[2]) if found else ""
        if found is None or not is_inside(name):
            raise InputError(
                f"{path.name}:{number}: found {line[:60]!r}, expected '<sha256>  <relative path>'"
            )
        sealed[name.removeprefix("./")] = found[1].lower()
    return sealed


def sealed_names(captures: Path) -> list[str]:
    """Paths of all regular files, sorted; links to folders are not followed."""
    names = []
    for folder, folders, files in os.walk(captures):
        folders.sort()
        for file in files:
            path = Path(folder, file)
            name = path.relative_to(captures).as_posix()
            if name == MANIFEST_NAME or is_made_by_system(file):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(captures.resolve()):
                continue
            if path.exists() and stat.S_ISREG(path.stat().st_mode):
                names.append(name)
    return sorted(names)


def _digest(captures: Path, name: str) -> str:
    try:
        return file_digest(captures / name)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}), expected a file") from None


def encoded(name: str) -> str:
    """A path as the manifest holds it: CR, LF and % percent-encoded."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"{name!r}: file name that is not UTF-8, rename it") from None
    return "".join(ENCODED.get(character, character) for character in name)


def decoded(text: str) -> str:
    """The inverse of ``encoded``; only the three known codes are taken back."""
    return re.sub("%(25|0D|0A)", lambda m: chr(int(m[1], 16)), text, flags=re.IGNORECASE)


def is_inside(name: str) -> bool:
    """Whether a manifest's path is relative and stays inside the folder."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\0" not in name
