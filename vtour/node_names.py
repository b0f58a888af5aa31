"""Nodes as people name them: by id, by the panorama's path, or by its bare file name."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from vtour.errors import InputError
from vtour.schema.base import LocalText
from vtour.schema.site import Site
from vtour.schema.standpoints import Standpoint


def names_of(standpoints: Iterable[Standpoint]) -> "NodeNames":
    """The names of nodes that have a place."""
    return NodeNames({point.id: point.source for point in standpoints})


class NodeNames:
    """The nodes of a site, found by what site.yaml calls them."""

    def __init__(self, source_of: Mapping[str, str]) -> None:
        """Take the panorama's path, or ``stitched/<id>.jpg``, of every node by its id."""
        self._names: dict[str, set[str]] = {}
        self.ids = list(source_of)
        for node, source in source_of.items():
            path = PurePosixPath(source)
            for name in (source, path.name, path.stem):
                self._names.setdefault(name, set()).add(node)
        for node in self.ids:
            self._names[node] = {node}

    def find(self, given: str) -> str | None:
        """The id that is meant; None when there is none, or several are."""
        plain = given.replace("\\", "/").removeprefix("./")
        for name in (given, plain, f"panoramas/{plain}"):
            if len(found := self._names.get(name, set())) == 1:
                return next(iter(found))
        return None

    def id_of(self, given: str, where: str) -> str:
        """The id that is meant.

        where : the field of site.yaml, for the error.
        Raises InputError with the nearest name.
        """
        found = self.find(given)
        if found is not None:
            return found
        if len(several := sorted(self._names.get(given, ()))) > 1:
            raise InputError(f"site.yaml: {where}: {given!r} may be {' or '.join(several)}")
        raise InputError(f"site.yaml: {where}: {given!r} leads to nowhere{self.nearest(given)}")

    def nearest(self, given: str) -> str:
        """What to say after a name that is not known."""
        near = difflib.get_close_matches(given, list(self._names), n=1, cutoff=0.6)
        if near:
            return f", did you mean {near[0]!r}?"
        if not self.ids:
            return ", there is no panorama"
        few = ", ".join(self.ids[:5]) + (", ..." if len(self.ids) > 5 else "")
        return f", expected a node: {few}"


def in_order(order: Sequence[str], names: NodeNames) -> list[str]:
    """Ids of all nodes: those of ``order`` first, then the others as they were found.

    Raises InputError when ``order`` names no node, or one twice.
    """
    first: list[str] = []
    for given in order:
        node = names.id_of(given, "order")
        if node in first:
            raise InputError(
                f"site.yaml: order: {given!r} is there twice, expected every node once"
            )
        first.append(node)
    return [*first, *(node for node in names.ids if node not in first)]


def names_of_nodes(
    standpoints: Sequence[Standpoint], site: Site, names: NodeNames
) -> Mapping[str, LocalText]:
    """What visitors read, by id: the name in site.yaml, else one from the file's name."""
    given = {names.id_of(node, "nodes"): words.name for node, words in site.nodes.items()}
    return {
        point.id: given.get(point.id) or {"und": title_from_source(point.source)}
        for point in standpoints
    }


def title_from_source(source: str) -> str:
    """A name with its accents from a file or a folder: 'panoramas/Sân_trước.jpg' -> 'Sân trước'."""
    stem = PurePosixPath(source).stem
    title = " ".join(stem.replace("_", " ").replace("-", " ").split()) or stem
    return title[:1].upper() + title[1:]
