"""``vtour info``: say what a file or folder is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from vtour.cli.info_readers import info_of
from vtour.cli.options import ANY_PATH
from vtour.cli.text import say, say_json

MANY_LINES = 20


@click.command()
@click.argument("path", type=ANY_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def info(path: Path, as_json: bool) -> None:
    """Say what PATH is and what it holds. Only headers and lists are read, so it is quick;
    of clouds and models as text all lines are counted.

    Folders: captures, a work folder, a scene package, a folder of packages, a COLMAP model, a
    COLMAP dense workspace. Files: GLB, glTF, OBJ, PLY, LAS, LAZ, COPC, E57, PCD, PTX, XYZ, PTS,
    images, COLMAP databases and depth maps, the JSON files that vtour writes, site.yaml,
    control.csv, marks.csv, scalebars.csv, targets.csv, checksums. The exit status is 2 for
    anything else, and for a file that is damaged.

    \b
    Examples:
      vtour info work/tam-thanh
      vtour info captures/scans/hall.e57
      vtour info model.glb --json
    """  # noqa: D301
    facts = info_of(path)
    if as_json:
        say_json(facts)
        return
    for line in text_lines(facts):
        say(line)


def text_lines(facts: dict[str, Any]) -> Iterator[str]:
    """One line per fact, its name first; lists of objects get a line for each."""
    labels = {key: key.replace("_", " ") for key in facts}
    width = max(map(len, labels.values()))
    for key, value in facts.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{labels[key]:{width}}  {len(value)}"
            yield from _item_lines(value)
        else:
            yield f"{labels[key]:{width}}  {words_of(key, value)}"


def _item_lines(items: list[dict[str, Any]]) -> Iterator[str]:
    shown = items if len(items) <= MANY_LINES else items[: MANY_LINES - 1]
    for item in shown:
        words = (f"{key.replace('_', ' ')} {words_of(key, value)}" for key, value in item.items())
        yield "  - " + ", ".join(words)
    if len(shown) < len(items):
        yield f"  and {len(items) - len(shown)} more (--json lists all)"


def words_of(key: str, value: Any) -> str:
    """A value as people read it: 1,234; 1.35 MB; '0.1, 2, 3'; 'none' for an empty list."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "bytes":
        return _size_words(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if key == "size_px" and isinstance(value, list):
        return " x ".join(f"{side}" for side in value)
    if isinstance(value, list):
        return ", ".join(words_of("", item) for item in value) or "none"
    if isinstance(value, dict):
        words = (f"{name.replace('_', ' ')} {words_of(name, item)}" for name, item in value.items())
        return ", ".join(words) or "none"
    return str(value)


def _size_words(size: int) -> str:
    for name, unit in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= unit:
            return f"{size / unit:.3g} {name} ({size:,} bytes)"
    return f"{size:,} bytes"
