"""Ask the Khronos glTF validator: of a published file, and of its plain twin.

The validator cannot look inside compressed buffer views, so a file that uses
EXT_meshopt_compression is decoded and its twin is validated as well.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vtour.glb.container import parts_from_glb
from vtour.node import ScriptError, run_script

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

    A file that makes the validator itself fail has an error, too: it may be from outside.
    Raises InputError when the file is not a GLB at all, ResourceError without Node.
    """
    parts_from_glb(path)
    try:
        found = json.loads(run_script("validate", path))
    except ScriptError as failure:
        return GlbReport(errors=[f"VALIDATOR : {failure}"])
    report = _report(found["file"], "") + _report(found["twin"] or [], "plain twin: ")
    if found["undecodable"]:
        report += GlbReport(errors=[f"MESHOPT_DECODE : {found['undecodable']}"])
    if found["failed"]:
        report += GlbReport(errors=[f"VALIDATOR : {found['failed']}"])
    return report


def _report(issues: list[dict[str, Any]], prefix: str) -> GlbReport:
    found: dict[str, list[str]] = {severity: [] for severity in SEVERITIES}
    for issue in issues:
        if issue["code"] in NOT_OUR_FAULT:
            continue
        line = f"{prefix}{issue['code']} {issue.get('pointer', '')}: {issue['message']}"
        found[SEVERITIES[issue["severity"]]].append(line)
    return GlbReport(found["error"], found["warning"], found["info"] + found["hint"])
