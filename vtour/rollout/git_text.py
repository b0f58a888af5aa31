"""A file as it was at a revision of git."""

import subprocess
from pathlib import Path

from vtour.errors import InputError, ResourceError
from vtour.rollout.catalog_file import MAX_BYTES

SECONDS = 60


def text_at(path: Path, revision: str) -> str:
    """The text of a file at a revision (a commit, branch or tag; HEAD~3 and the like).

    Raises InputError when the file is in no git repository, the revision is unknown, or the file
    was not there; ResourceError when there is no git.
    """
    folder = path.resolve().parent
    if _git(folder, "rev-parse", "--is-inside-work-tree").stdout.strip() != b"true":
        raise InputError(f"{path.name}: in no git repository, expected one to compare with")
    commit = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if commit.returncode != 0:
        raise InputError(f"{revision}: unknown revision, expected a commit, branch or tag of git")
    blob = f"{commit.stdout.decode().strip()}:./{path.resolve().name}"
    size = _git(folder, "cat-file", "-s", blob)
    if size.returncode != 0:
        raise InputError(f"{path.name}: not in revision {revision}, expected one that has it")
    if int(size.stdout) > MAX_BYTES:
        raise InputError(
            f"{path.name} at {revision}: {int(size.stdout):,} bytes, expected at most {MAX_BYTES:,}"
        )
    raw = _git(folder, "cat-file", "blob", blob).stdout
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} at {revision}: byte {error.start} is not UTF-8, expected UTF-8"
        ) from None


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, check=False, timeout=SECONDS
        )
    except FileNotFoundError:
        raise ResourceError("git: not found, expected it on the PATH") from None
    except subprocess.TimeoutExpired:
        raise ResourceError(f"git: no answer in {SECONDS} s") from None
