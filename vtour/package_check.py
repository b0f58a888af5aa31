"""Whether a scene package can go out: what is in it, and whether a build would make it now."""

from pathlib import Path

from vtour.errors import InputError
from vtour.optimise.writing.validate import validate_glb
from vtour.pipeline import check_up_to_date
from vtour.stages import BY_NAME
from vtour.tour.validate import PackageReport, validate_package
from vtour.workfolder import open_work


def check_package(path: Path, *, for_publishing: bool = False) -> PackageReport:
    """Check a package with all its models; a package of a work folder against its captures, too.

    for_publishing : a blur review that nobody signed and a package out of date are errors, else
                     warnings.

    Raises InputError when there is no package to check.
    """
    report = validate_package(path, check_glb, for_publishing=for_publishing)
    late = out_of_date(path)
    if late:
        (report.errors if for_publishing else report.warnings).append(late)
    return report


def out_of_date(path: Path) -> str:
    """Why the package of a work folder is not what a build would make now; empty when it is.

    Without its captures nothing can change any more: then a work folder is taken as it is.
    """
    for folder in (path, path.parent):
        if (folder / ".vtour").is_dir() and (folder / "inventory.json").is_file():
            work = open_work(folder, None)
            if work.captures is None or not work.captures.is_dir():
                return ""
            try:
                check_up_to_date(work, BY_NAME["package"], itself=True)
            except InputError as error:
                return f"package is out of date: {error}"
    return ""


def check_glb(path: Path) -> tuple[list[str], list[str]]:
    """What the Khronos validator says of one file."""
    found = validate_glb(path)
    return found.errors, found.warnings
