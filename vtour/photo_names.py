"""Photos as people name them: a path of the captures, below photos/, or the bare file name."""

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath


class PhotoNames:
    """The paths of all photos of a site, found by what marks.csv and site.yaml call them."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Take the photos' paths as the inventory has them."""
        self._paths = {path: path for path in paths}
        self._by_name: dict[str, list[str]] = {}
        for path in self._paths:
            self._by_name.setdefault(PurePosixPath(path).name, []).append(path)

    def find(self, given: str) -> str | None:
        """The path of the photo that is meant; None when there is none, or several are."""
        plain = given.replace("\\", "/").removeprefix("./")
        for name in (given, plain, f"photos/{plain}", plain.removeprefix("photos/")):
            if name in self._paths:
                return name
        same = self._by_name.get(plain, [])
        return same[0] if len(same) == 1 else None

    def not_found(self, given: str) -> str:
        """What to say of a name that ``find`` does not know, with the nearest one if any."""
        same = self._by_name.get(given.replace("\\", "/").removeprefix("./"), [])
        if same:
            return f"photo {given!r} is there {len(same)} times, expected a path such as {same[0]}"
        near = difflib.get_close_matches(given, [*self._paths, *self._by_name], n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"photo {given!r} not found among the usable photos{hint}"
