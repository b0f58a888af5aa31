"""privacy.yaml, in the root of the captures: what to blur besides, what not, and the review.

Read as strictly as site.yaml. Edited in place: comments, order and line ends stay as people wrote
them.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.files import write_text
from vtour.schema.inventory import FileKind, FileStatus
from vtour.schema.privacy import AddedRegion, PrivacyFile, Review
from vtour.siteyaml import contract_from_text
from vtour.workspace import Workspace
from vtour.yaml_marks import text_of_file

PRIVACY_NAME = "privacy.yaml"
FIELDS = "'add:', 'remove:' or 'review:'"
HEAD = """\
# What is blurred in everything published, besides what is found (add), and what is not (remove).
# Boxes are in pixels of the upright file; see the contact sheet for the ids.
"""


def read_privacy(path: Path) -> PrivacyFile:
    """Read and check a privacy.yaml; one with nothing but comments says nothing.

    Raises InputError ('privacy.yaml:12:5: ...') as read_site does.
    """
    return privacy_from_text(text_of_file(path), path.name)


def privacy_from_text(text: str, name: str = PRIVACY_NAME) -> PrivacyFile:
    """The same for a text; ``name`` is the file's name in errors."""
    lines = (line.strip() for line in text.splitlines())
    if all(not line or line.startswith("#") for line in lines):
        return PrivacyFile()
    return contract_from_text(text, name, PrivacyFile, FIELDS)


def privacy_of_site(work: Workspace) -> PrivacyFile:
    """The privacy.yaml that the inventory lists; an empty one when there is none.

    Raises InputError when it is gone or not valid.
    """
    for file in work.files.files:
        if file.kind is FileKind.privacy and file.status is FileStatus.used:
            return read_privacy(work.capture_path(file))
    return PrivacyFile()


def add_region(path: Path, region: AddedRegion) -> None:
    """Add a box to a privacy.yaml, which is made when it is not there."""
    _edit(path, lambda content: content.setdefault("add", []).append(_plain(region)))


def remove_proposal(path: Path, region_id: str) -> None:
    """Say in a privacy.yaml that a proposal shows no face; once is enough."""

    def change(content: Any) -> None:
        removed = content.setdefault("remove", [])
        if region_id not in removed:
            removed.append(region_id)

    _edit(path, change)


def sign_review(path: Path, review: Review) -> None:
    """Record a review in a privacy.yaml, in place of an older one."""
    _edit(path, lambda content: content.update(review=_plain(review)))


def _plain(model: AddedRegion | Review) -> dict[str, Any]:
    """Fields without those that say nothing; whole numbers without a point."""
    values = model.to_json()
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in values.items()
    }


def _edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change a privacy.yaml, all or nothing; what comes out is checked before it is written."""
    from ruamel.yaml import YAML

    text = text_of_file(path) if path.is_file() else HEAD
    privacy_from_text(text, path.name)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 100
    content = yaml.load(text)
    is_new = content is None
    content = {} if is_new else content
    for name in [name for name, value in content.items() if value is None]:
        del content[name]  # 'add:' without a value: so that it can get one
    change(content)
    stream = io.StringIO()
    yaml.dump(content, stream)
    result = text + stream.getvalue() if is_new else stream.getvalue()
    privacy_from_text(result, path.name)
    if path.is_symlink():
        raise InputError(f"{path.name}: a link, expected the file itself")
    write_text(path, result)
