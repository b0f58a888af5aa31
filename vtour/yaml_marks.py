"""YAML that people write, as plain values with the place where each was written.

YAML's own guesses are left out: ``no``, ``1937`` and ``21:50`` stay the text that was written, and
contracts turn text into numbers where they want numbers. Anchors, aliases and tags are refused,
sizes and depth are limited, and a key that is written twice is an error.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from vtour.errors import InputError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # C where PyYAML was built with it

Loc = tuple[str | int, ...]
"""Where a value is: keys of mappings and places in lists, from the outside in."""
Place = tuple[int, int]
"""Line and column, both from 1."""
_Node = tuple[Any, Any, Any]
"""Of a value: the marks of its key and of itself, and the nodes of what it holds."""

PROBLEMS = {
    "size": "{found:,} bytes, expected at most {expected:,}",
    "utf8": "byte {found} is not UTF-8, expected UTF-8",
    "unreadable": "cannot be read ({found})",
    "tab": "no valid YAML: a tab, expected spaces",
    "syntax": "no valid YAML: {found}",
    "documents": "second document, expected only one",
    "alias": "alias (*), expected the value itself",
    "anchor": "anchor (&), expected a plain value",
    "tag": "tag {found}, expected a plain value",
    "depth": "more than {expected} levels deep",
    "key": "found a key that is no plain text",
    "twice": "key {found!r} is written twice, expected once",
}


class YamlError(InputError):
    """What makes a file no YAML of ours.

    problem : a key of PROBLEMS; found and expected fill its words.
    place   : line and column; None when it is the file as a whole.
    """

    def __init__(
        self,
        name: str,
        problem: str,
        place: Place | None = None,
        found: Any = None,
        expected: Any = None,
    ) -> None:
        self.problem, self.place, self.found, self.expected = problem, place, found, expected
        where = f":{place[0]}:{place[1]}" if place else ""
        words = PROBLEMS[problem].format(found=found, expected=expected)
        super().__init__(f"{name}{where}: {words}")


class YamlText:
    """A text and its plain value: lists, dicts, texts and None.

    value     : what was read.
    has_nulls : whether anything in it has no value.

    Raises YamlError when the text is no YAML of ours.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.text = text
        self.has_nulls = False
        self._root: _Node = (None, None, None)
        with without_collection():
            self.value = self._read()

    def place(self, loc: Loc) -> Place | None:
        """Where a value is written; None where there is none."""
        node = self._node(loc)
        return _place(node[1]) if node else None

    def key_place(self, loc: Loc) -> Place | None:
        """Where the key of a value is written; the value itself in a list."""
        node = self._node(loc)
        return _place(node[0] or node[1]) if node else None

    def has(self, loc: Loc) -> bool:
        """Whether there is such a value."""
        return self._node(loc) is not None

    def _node(self, loc: Loc) -> "_Node | None":
        node = self._root
        for part in loc:
            inner = node[2]
            if isinstance(inner, dict):
                if part not in inner:
                    return None
                node = inner[part]
            elif inner is not None and isinstance(part, int) and 0 <= part < len(inner):
                node = inner[part]
            else:
                return None
        return node if node[1] is not None else None

    def _read(self) -> Any:
        value: Any = None
        documents = 0
        try:
            parser = LOADER(self.text)
            while type(event := parser.get_event()) is not yaml.StreamEndEvent:
                if type(event) is yaml.DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        raise self._error("documents", event)
                    value, self._root = self._value(parser.get_event(), parser.get_event, 0, None)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            problem = "tab" if self._is_tab(mark) else "syntax"
            raise YamlError(self.name, problem, _place(mark), error.problem) from None
        except yaml.YAMLError as error:
            detail = " ".join(str(error).split())
            raise YamlError(self.name, "syntax", found=detail) from None
        return value

    def _value(
        self, event: Any, following: Callable[[], Any], depth: int, key: Any
    ) -> tuple[Any, "_Node"]:
        """The value that begins with an event, and its place; ``key`` is the mark of its key."""
        kind = type(event)
        if kind is yaml.AliasEvent:
            raise self._error("alias", event)
        if event.anchor is not None:
            raise self._error("anchor", event)
        if event.tag is not None and event.tag != "!":
            raise self._error("tag", event, event.tag)
        if depth > MAX_DEPTH:
            raise YamlError(self.name, "depth", _place(event.start_mark), None, MAX_DEPTH)
        if kind is yaml.ScalarEvent:
            text = event.value
            if text in NULLS and event.style in (None, ""):
                text, self.has_nulls = None, True
            return text, (key, event.start_mark, None)
        if kind is yaml.SequenceStartEvent:
            items: list[Any] = []
            inner: list[_Node] = []
            while type(each := following()) is not yaml.SequenceEndEvent:
                item, node = self._value(each, following, depth + 1, None)
                items.append(item)
                inner.append(node)
            return items, (key, event.start_mark, inner)
        fields: dict[str, Any] = {}
        nodes: dict[str, _Node] = {}
        while type(each := following()) is not yaml.MappingEndEvent:
            if type(each) is not yaml.ScalarEvent or each.anchor is not None:
                raise self._error("key", each)
            name = each.value
            if name in fields:
                raise self._error("twice", each, name)
            mark = each.start_mark
            fields[name], nodes[name] = self._value(following(), following, depth + 1, mark)
        return fields, (key, event.start_mark, nodes)

    def _error(self, problem: str, event: Any, found: Any = None) -> YamlError:
        return YamlError(self.name, problem, _place(event.start_mark), found)

    def _is_tab(self, mark: Any) -> bool:
        """Whether a tab stands where the parser stopped."""
        lines = self.text.splitlines()
        if mark is None or mark.line >= len(lines):
            return False
        return bool(lines[mark.line].startswith("\t", mark.column))


def text_of_file(path: Path, most_bytes: int = MAX_BYTES) -> str:
    """The text of a file that people write: UTF-8 of a sane size, else YamlError."""
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise YamlError(path.name, "size", found=size, expected=most_bytes)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        place = (before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise YamlError(path.name, "utf8", place, error.start) from None
    except OSError as error:
        raise YamlError(path.name, "unreadable", found=error.strerror) from None


def _place(mark: Any) -> Place | None:
    return None if mark is None else (mark.line + 1, mark.column + 1)


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Small objects that all stay: looking for garbage among them costs a third of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
