"""The plain twin of a compressed GLB: what tools read that know no compression."""

from pathlib import Path

from vtour.files import replacing
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.node import run_script
from vtour.optimise.writing.draco import EXTENSION as DRACO
from vtour.optimise.writing.draco import plain_twin


def expand_web_glb(source: Path, target: Path) -> None:
    """Write the plain twin of a compressed GLB: the same content, decoded by meshopt or Draco.

    Raises InputError when the file is no GLB, or its Draco geometry cannot be decoded.
    """
    document, blob = parts_from_glb(source)
    with replacing(target) as temporary:
        if DRACO in document.get("extensionsUsed", []):
            temporary.write_bytes(glb_from_parts(*plain_twin(document, blob)))
        else:
            run_script("expand", source, temporary)
