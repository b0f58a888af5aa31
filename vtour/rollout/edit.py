"""Change values of catalog.yaml in its text: comments, order and all other lines stay as they were.

Only the lines of the sites that change, and those of ``programme``, are read by ruamel.yaml,
changed and written back where they stood. That the new text means what it should is checked before
it is given back.
"""

import copy
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError, YAMLStreamError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from vtour.errors import InputError
from vtour.rollout.refusals import refused
from vtour.schema.catalog import AuditHead
from vtour.yaml_marks import LOADER, NULLS, YamlError, YamlText

Edit = Callable[[Any], None]
"""Changes a mapping, be it plain or ruamel's."""

COMMENT = re.compile(r"(?:^|\s)#(.*)$")
WIDE = 1 << 20  # no line is folded that people did not fold


@dataclass(frozen=True)
class Block:
    """The lines of a block mapping: from the first to the one after the last; its first column."""

    first: int
    end: int
    column: int


def edited(document: YamlText, sites: Mapping[str, Edit], head: AuditHead) -> YamlText:
    """The document with these sites changed and the head of the audit log noted.

    Raises InputError when there is no such site, and for one that is written in a form that cannot
    be changed line by line ({id: ..., ...}).
    """
    text, name = document.text, document.name
    expected = copy.deepcopy(document.value)
    places = _blocks(text)
    edits: list[tuple[Block, Edit]] = []
    numbers = {site["id"]: number for number, site in enumerate(expected["sites"])}
    for site, edit in sites.items():
        if site not in numbers:
            raise refused("no_site", name=name, site=site, hint="")
        loc = ("sites", numbers[site])
        edits.append((_block(places, loc, document), edit))
        edit(expected["sites"][numbers[site]])

    def note_head(programme: Any) -> None:
        if not isinstance(programme.get("audit"), dict):
            programme["audit"] = {}
        for key, value in (("entries", head.entries), ("head", as_text(head.head))):
            programme["audit"][key] = value  # in place: comments hang on them

    edits.append((_block(places, ("programme",), document), note_head))
    note_head(expected["programme"])
    lines = text.splitlines(keepends=True)
    for block, edit in sorted(edits, key=lambda each: -each[0].first):
        before = lines[block.first : block.end]
        try:
            after = _rewritten(before, block, edit)
        except (YAMLError, YAMLStreamError) as error:
            raise _unchangeable(name, block, " ".join(str(error).split())[:100]) from None
        if _comments(before) - _comments(after):
            raise _unchangeable(name, block, "a comment within brackets or in another rare place")
        lines[block.first : block.end] = after
    try:
        new = YamlText("".join(lines), name)
    except YamlError:
        new = None
    if new is None or new.value != _plain(expected):
        first = min(edits, key=lambda each: each[0].first)[0]
        raise _unchangeable(name, first, "a form that cannot be written back as it was")
    return new


def _unchangeable(name: str, block: Block, why: str) -> InputError:
    place = f"{name}:{block.first + 1}:{block.column + 1}"
    return refused("edit_loses", place=place, why=why)


def _comments(lines: list[str]) -> Counter[str]:
    """What stands behind marks of comments, as far as a line alone can tell."""
    found = (COMMENT.search(line) for line in lines)
    return Counter(match[1].strip() for match in found if match)


def with_sites(document: YamlText, sites: Sequence[Mapping[str, Any]]) -> YamlText:
    """The document with sites after its last one; every byte that was there stays.

    Raises InputError when the sites stand in brackets ([...]), where nothing can be added line by
    line.
    """
    text, name = document.text, document.name
    expected = copy.deepcopy(document.value)
    newline = "\r\n" if "\r\n" in text else "\n"
    line, column = _end_of_sites(document)
    added = "".join(site_lines(site, column) for site in sites).replace("\n", newline)
    lines = text.splitlines(keepends=True)
    if not expected.get("sites"):
        if "sites" not in expected:
            added = f"sites:{newline}" + added.lstrip("\r\n")
        expected["sites"] = []
    if lines[:line] and not lines[line - 1].endswith(("\n", "\r")):
        lines[line - 1] += newline
    new = YamlText("".join([*lines[:line], added, *lines[line:]]), name)
    expected["sites"] += [_plain(site) for site in sites]
    if new.value != _plain(expected):
        raise RuntimeError(f"{name}: adding sites changed more than it should")
    return new


def site_lines(site: Mapping[str, Any], column: int) -> str:
    """A site as an item of a block list, one field a line, after an empty line."""
    fields = CommentedMap()
    for key, value in site.items():
        is_group = isinstance(value, Mapping)
        fields[key] = (
            CommentedMap((name, as_text(item)) for name, item in value.items())
            if is_group
            else as_text(value)
        )
    ruamel = YAML(typ="rt")
    ruamel.width = WIDE
    ruamel.allow_unicode = True
    stream = io.StringIO()
    ruamel.dump(fields, stream)
    margin = " " * column
    first, *others = stream.getvalue().splitlines(keepends=True)
    return "".join(["\n", f"{margin}- {first}", *(f"{margin}  {line}" for line in others)])


def _end_of_sites(document: YamlText) -> tuple[int, int]:
    """After which line further sites go, and the column of their dashes."""
    sites = (document.value or {}).get("sites")
    if sites:
        block = _block(_blocks(document.text), ("sites", len(sites) - 1), document)
        dash = document.text.splitlines()[block.first].rfind("-", 0, block.column)
        if dash < 0:
            line, column = document.place(("sites",)) or (1, 1)
            raise refused("edit_brackets", place=f"{document.name}:{line}:{column}")
        return block.end, dash
    key = document.key_place(("sites",)) if document.has(("sites",)) else None
    if key is None:
        return len(document.text.splitlines()), 2
    if sites is not None:
        raise refused("edit_empty", place=f"{document.name}:{key[0]}:{key[1]}")
    return key[0], 2


def as_item(fields: Mapping[str, Any]) -> CommentedMap:
    """An item of a list, on one line; texts that YAML could take for something else are quoted."""
    item = CommentedMap((key, as_text(value)) for key, value in fields.items())
    item.fa.set_flow_style()
    return item


def as_text(value: Any) -> Any:
    """What a value is written as: lists and mappings as new ones."""
    if isinstance(value, Mapping):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return SingleQuotedScalarString(value) if _is_doubtful(value) else value


def _is_doubtful(value: Any) -> bool:
    """Whether YAML 1.1 would read a bare text as a number, a date, a truth or a mark of its own."""
    if not isinstance(value, str) or "\n" in value:
        return False
    try:
        return bool(yaml.safe_load(value) != value)
    except (yaml.YAMLError, ValueError):
        return True


def _block(places: dict[Any, Block | None], loc: Any, document: YamlText) -> Block:
    block = places.get(loc)
    if block is None:
        line, column = document.place(loc) or (1, 1)
        raise refused("edit_braces", place=f"{document.name}:{line}:{column}")
    return block


def _blocks(text: str) -> dict[Any, Block | None]:
    """The lines of ``programme`` and of every site; None for one that is written in braces."""
    events: Any = yaml.parse(text, Loader=LOADER)
    blocks: dict[Any, Block | None] = {}
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            break
    while isinstance(key := next(events), yaml.ScalarEvent):
        value = next(events)
        if key.value == "programme":
            blocks["programme",] = _block_from(value, events)
        elif key.value == "sites" and isinstance(value, yaml.SequenceStartEvent):
            number = 0
            while not isinstance(value := next(events), yaml.SequenceEndEvent):
                blocks["sites", number] = _block_from(value, events)
                number += 1
        else:
            _block_from(value, events)
    return blocks


def _block_from(first: Any, events: Any) -> Block | None:
    """The lines of the value that begins with an event; its events are taken."""
    if isinstance(first, yaml.ScalarEvent):
        return None
    depth, last = 1, first.start_mark.line
    while depth:
        event = next(events)
        if isinstance(event, yaml.ScalarEvent):
            last = _last_line(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        else:
            depth -= 1
            if event.end_mark.index > event.start_mark.index:  # a bracket that was written
                last = max(last, event.end_mark.line)
    if first.flow_style or not isinstance(first, yaml.MappingStartEvent):
        return None
    start: Any = first.start_mark
    return Block(start.line, last + 1, start.column)


def _last_line(event: Any) -> int:
    """The last line of a scalar: a block scalar ends at the beginning of the line after it."""
    mark = event.end_mark
    line = mark.line - (mark.column == 0 and mark.line > event.start_mark.line)
    return int(line)


def _rewritten(lines: list[str], block: Block, edit: Edit) -> list[str]:
    """The lines of one block mapping after an edit; what stands before it stays: a dash."""
    before = lines[0][: block.column]
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    lines = [" " * block.column + lines[0][block.column :], *lines[1:]]
    bare = "".join(_without_margin(line, block.column) for line in lines).replace("\r\n", "\n")
    ruamel = YAML(typ="rt")
    ruamel.Resolver = _TextsOnly
    ruamel.preserve_quotes = True
    ruamel.width = WIDE
    ruamel.allow_unicode = True
    step, offset = _indents(bare, block.column if not before.strip() else 2)
    ruamel.indent(mapping=step, sequence=offset + 2, offset=offset)
    value = ruamel.load(bare)
    edit(value)
    _write_numbers_as_texts(value)
    stream = io.StringIO()
    ruamel.dump(value, stream)
    margin = " " * block.column
    new = [
        (margin + line if line.strip() else line).replace("\n", newline)
        for line in stream.getvalue().splitlines(keepends=True)
    ]
    new[0] = before + new[0][block.column :]
    return new


def _write_numbers_as_texts(value: Any) -> None:
    """What an edit put in as numbers is written as the bare text of them, as people write it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(pairs):
        if isinstance(item, (dict, list)):
            _write_numbers_as_texts(item)
        elif isinstance(item, (int, float)) and not isinstance(item, bool):
            value[key] = str(item)


class _TextsOnly(VersionedResolver):
    """Takes what people wrote as the text that it is: ``True``, ``1_0`` and ``-0`` stay so."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """The tag of a node."""
        if kind is ScalarNode and implicit[0] and value not in NULLS:
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


def _without_margin(line: str, column: int) -> str:
    margin = len(line) - len(line.lstrip(" "))
    return line[min(margin, column) :]


def _indents(text: str, usual: int) -> tuple[int, int]:
    """How far fields stand to the right of what they belong to, and the dashes of lists.

    usual : of fields, where the text has none to tell by.
    """
    step = offset = None
    column_before = 0
    for line in text.splitlines():
        bare = line.lstrip(" ")
        column = len(line) - len(bare)
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("- "):
            offset = offset if offset is not None else max(column - column_before, 0)
        elif column > column_before and offset is None:
            step = step if step is not None else column - column_before
        column_before = column
    return step or usual, 2 if offset is None else offset


def _plain(value: Any) -> Any:
    """The value as YamlText reads it: texts, lists and mappings."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value)
