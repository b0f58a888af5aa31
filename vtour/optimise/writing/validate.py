"""Ask the Khronos glTF validator: of a published file, and of its plain twin.

The validator cannot look inside compressed buffer views, so a file that uses
EXT_meshopt_compression, KHR_meshopt_compression or KHR_draco_mesh_compression is decoded and its
twin is validated as well.
"""

import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.glb.container import document_from_glb, glb_from_parts, parts_from_glb
from vtour.node import ScriptError, run_script
from vtour.optimise.writing.draco import EXTENSION as DRACO
from vtour.optimise.writing.draco import plain_twin

# The validator says of each extension it does not know that it does not know it. Not ours to fix.
NOT_OUR_FAULT = {"UNSUPPORTED_EXTENSION"}
# The same for the types of pictures that those extensions bring, and for the pictures.
UNKNOWN_PICTURES = {"EXT_texture_avif", "KHR_texture_basisu"}
UNKNOWN_TYPES = ("image/avif", "image/ktx2")
SEVERITIES = ("error", "warning", "info", "hint")


@dataclass(frozen=True)
class GlbReport:
    """What the validator found, a line for each finding: ``CODE pointer: message``."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)

    def __add__(self, other: "GlbReport") -> "GlbReport":
        return GlbReport(
            self.errors + other.errors, self.warnings + other.warnings, self.infos + other.infos
        )


def validate_glb(path: Path) -> GlbReport:
    """Validate a GLB file and, when its geometry is compressed, its plain twin too.

    A file that makes the validator itself fail has an error, too: it may be from outside.
    Raises InputError when the file is not a GLB at all, ResourceError without Node.
    """
    document, blob = parts_from_glb(path)
    report = _validated(path)
    used = document.get("extensionsUsed")
    if isinstance(used, list) and DRACO in used and not report.errors:
        report += _validated_draco(document, blob)
    return report


def _validated_draco(document: dict[str, Any], blob: bytes) -> GlbReport:
    try:
        twin = glb_from_parts(*plain_twin(document, blob))
    except (InputError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return GlbReport(errors=[f"DRACO_DECODE : {error}"])
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
        path = Path(folder, "twin.glb")
        path.write_bytes(twin)
        return _validated(path, "plain twin: ")


def _validated(path: Path, prefix: str = "") -> GlbReport:
    try:
        found = json.loads(run_script("validate", path))
    except ScriptError as failure:
        return GlbReport(errors=[f"VALIDATOR : {failure}"])
    document, _ = document_from_glb(path)
    report = _report(found["file"], prefix, document)
    report += _report(found["twin"] or [], "plain twin: ", document)
    if found["undecodable"]:
        report += GlbReport(errors=[f"MESHOPT_DECODE : {found['undecodable']}"])
    if found["failed"]:
        report += GlbReport(errors=[f"VALIDATOR : {found['failed']}"])
    return report


def _report(issues: list[dict[str, Any]], prefix: str, document: dict[str, Any]) -> GlbReport:
    found: dict[str, list[str]] = {severity: [] for severity in SEVERITIES}
    for issue in issues:
        if issue["code"] in NOT_OUR_FAULT or _is_of_unknown_picture(issue, document):
            continue
        line = f"{prefix}{issue['code']} {issue.get('pointer', '')}: {issue['message']}"
        found[SEVERITIES[issue["severity"]]].append(line)
    return GlbReport(found["error"], found["warning"], found["info"] + found["hint"])


def _is_of_unknown_picture(issue: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether an issue says no more than that the validator does not know AVIF or KTX2."""
    used = document.get("extensionsUsed")
    place = re.match(r"/images/(\d+)", issue.get("pointer", ""))
    if place is None or not isinstance(used, list) or not UNKNOWN_PICTURES & set(map(str, used)):
        return False
    images = document.get("images")
    index = int(place[1])
    image = images[index] if isinstance(images, list) and index < len(images) else None
    return isinstance(image, dict) and image.get("mimeType") in UNKNOWN_TYPES
