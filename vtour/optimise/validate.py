"""Ask the Khronos glTF validator: of a published file, and of its plain twin.

The validator cannot look inside compressed buffer views, so a file that uses
EXT_meshopt_compression is decoded and its twin is validated as well.
"""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from vtour.glb.container import parts_from_glb
from vtour.node import run_script
from vtour.optimise.compress import expand_web_glb

MESHOPT = "EXT_meshopt_compression"
# The validator says of each extension it does not know that it does not know it. Not ours to fix.
NOT_OUR_FAULT = {"UNSUPPORTED_EXTENSION"}
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
    """Validate a GLB file and, when it is compressed with meshopt, its plain twin too.

    Raises InputError when the file is not a GLB at all, ResourceError without Node.
    """
    document, _ = parts_from_glb(path)
    report = _validate_file(path)
    if MESHOPT not in document.get("extensionsUsed", []):
        return report
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
        twin = Path(folder, "twin.glb")
        try:
            expand_web_glb(path, twin)
        except RuntimeError as error:
            return report + GlbReport(errors=[f"MESHOPT_DECODE {error}"])
        return report + _validate_file(twin, "plain twin: ")


def _validate_file(path: Path, prefix: str = "") -> GlbReport:
    issues = json.loads(run_script("validate", path))
    found: dict[str, list[str]] = {severity: [] for severity in SEVERITIES}
    for issue in issues["messages"]:
        if issue["code"] in NOT_OUR_FAULT:
            continue
        line = f"{prefix}{issue['code']} {issue.get('pointer', '')}: {issue['message']}"
        found[SEVERITIES[issue["severity"]]].append(line)
    return GlbReport(found["error"], found["warning"], found["info"] + found["hint"])
