"""A file as it was at a revision of git."""

import subprocess
from pathlib import Path

from vtour.errors import ResourceError
from vtour.rollout.catalog_file import MAX_BYTES
from vtour.rollout.refusals import refused

SECONDS = 60


def text_at(path: Path, revision: str) -> str:
    """The text of a file at a revision (a commit, branch or tag; HEAD~3 and the like).

    Raises InputError when the file is in no git repository, the revision is unknown, or the file
    was not there; ResourceError when there is no git.
    """
    folder = path.resolve().parent
    if _git(folder, "rev-parse", "--is-inside-work-tree").stdout.strip() != b"true":
        raise refused("no_git", name=path.name)
    commit = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if commit.returncode != 0:
        raise refused("no_revision", revision=revision)
    blob = f"{commit.stdout.decode().strip()}:./{path.resolve().name}"
    size = _git(folder, "cat-file", "-s", blob)
    if size.returncode != 0:
        raise refused("not_in_revision", name=path.name, revision=revision)
    if int(size.stdout) > MAX_BYTES:
        found = int(size.stdout)
        raise refused(
            "revision_large", name=path.name, revision=revision, found=found, most=MAX_BYTES
        )
    raw = _git(folder, "cat-file", "blob", blob).stdout
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise refused(
            "revision_utf8", name=path.name, revision=revision, found=error.start
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
