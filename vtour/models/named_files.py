"""Files that OBJ, MTL and PLY name, found also when another system wrote or stored the names.

What ``vtour.models.uris`` says of safety holds here, too: every file is opened through its one
check, and only folders that pass it are listed. glTF, whose URIs are strict, does not come here.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from vtour.errors import InputError
from vtour.files import path_inside
from vtour.models.parts import Notes
from vtour.models.uris import elsewhere, file_beside, shown

ABSOLUTE = re.compile(r"[A-Za-z]:|/")
QUOTES = "\"'"


class NamedFiles:
    """The files beside one model by the names that its parts have for them."""

    def __init__(self, model: Path, notes: Notes) -> None:
        self._model, self._notes = model, notes
        self._listed: dict[tuple[str, Callable[[str], str]], dict[str, str]] = {}

    def find(self, name: str, what: str, folders: Sequence[str] = ("",)) -> Path | None:
        """The file of that name in one of the folders, or below; None when it is not there.

        what    : 'mtllib' or 'texture', for errors and notes.
        folders : below the model's own, '' for that, the first one first.

        The name as it is comes first, then with backslashes as slashes and without quotes around
        it, then what differs in the form of Unicode (macOS takes letters apart), then in case. Of
        an absolute path only the last part counts, and that is noted.

        Raises InputError for a name that leads elsewhere, for an absolute path whose last part is
        not in the folders, and for a file that is too large.
        """
        turned = _unquoted(name).replace("\\", "/")
        if ABSOLUTE.match(turned):
            return self._of_another_machine(name, turned, what, folders)
        first = [] if "\\" in name else [name]
        forms = list(dict.fromkeys([*first, name.replace("\\", "/"), turned]))
        return self._found(forms, what, folders, name)

    def libraries(self, names: Sequence[str]) -> list[Path]:
        """The files of ``mtllib`` lines: a line is one name with spaces, or else several names."""
        found: list[Path] = []
        for name in names:
            whole = self.find(name, "mtllib")
            words = {} if whole else {word: self.find(word, "mtllib") for word in name.split()}
            files = [path for path in (whole, *words.values()) if path]
            missing = [word for word, path in words.items() if path is None] if files else [name]
            for one in missing:
                self._notes.add(f"materials {shown(one)} not found, left out")
            found += files
        return found

    def _of_another_machine(
        self, name: str, turned: str, what: str, folders: Sequence[str]
    ) -> Path | None:
        last = re.sub("^[A-Za-z]:", "", turned).rsplit("/", 1)[-1]
        try:
            path = self._found([last], what, folders, name)
        except InputError:
            path = None
        if path is None:
            raise elsewhere(self._model, what, name)
        self._notes.add(
            f"{what} {shown(last)} is named by a path of another machine: the file beside is taken"
        )
        return path

    def _found(
        self, forms: Sequence[str], what: str, folders: Sequence[str], said: str
    ) -> Path | None:
        places = [
            (PurePosixPath(folder) / form).as_posix() if folder else form
            for form in forms
            for folder in folders
        ]
        for place in places:
            path = file_beside(self._model, place, what, said)
            if path is not None:
                return path
        for fold in (_composed, _without_case):
            for place in places:
                alike = self._alike(place, fold)
                if alike is not None:
                    path = file_beside(self._model, alike, what, said)
                    if path is not None:
                        return path
        return None

    def _alike(self, place: str, fold: Callable[[str], str]) -> str | None:
        """A path whose every part is there and equal when folded."""
        here = ""
        for part in PurePosixPath(place).parts:
            name = self._names(here, fold).get(fold(part))
            if name is None:
                return None
            here = f"{here}/{name}" if here else name
        return here

    def _names(self, folder: str, fold: Callable[[str], str]) -> dict[str, str]:
        """What lies in a folder, by its folded name; of several the first in order."""
        if (folder, fold) not in self._listed:
            try:
                root = self._model.parent
                listed = path_inside(root, folder) if folder else root
                names = sorted(path.name for path in listed.iterdir())
            except (InputError, OSError, RuntimeError, ValueError):
                names = []
            self._listed[folder, fold] = {fold(name): name for name in reversed(names)}
        return self._listed[folder, fold]


def _unquoted(name: str) -> str:
    is_quoted = len(name) > 1 and name[0] == name[-1] and name[0] in QUOTES
    return name[1:-1].strip() if is_quoted else name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _without_case(name: str) -> str:
    return _composed(_composed(name).casefold())
