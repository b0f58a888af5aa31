"""What was found at the gates, kept beside the catalogue: ``catalog.gates/<site>.json``."""

from pathlib import Path

from pydantic import ValidationError

from vtour.errors import InputError
from vtour.schema.gates import GateReport

SUFFIX = ".gates"
MAX_BYTES = 10_000_000


def gates_folder(catalog: Path) -> Path:
    """The folder beside a catalogue: catalog.gates of catalog.yaml."""
    return catalog.with_name(catalog.stem + SUFFIX)


def gates_file(catalog: Path, site: str) -> Path:
    """Where the report of a site lies."""
    return gates_folder(catalog) / f"{site}.json"


def read_gates(catalog: Path, site: str) -> GateReport | None:
    """What was found of a site the last time; None when nobody looked.

    Raises InputError for a file that is damaged or speaks of another site.
    """
    path = gates_file(catalog, site)
    name = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{name}: expected at most {MAX_BYTES:,} bytes")
        report = GateReport.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "JSON"
        raise InputError(
            f"{name}: {where}: {first['msg']}, expected what 'vtour catalog gates' writes: "
            "remove it and look again"
        ) from None
    if report.site != site:
        raise InputError(f"{name}: speaks of site {report.site!r}, expected {site!r}")
    return report


def write_gates(catalog: Path, report: GateReport) -> None:
    """Keep a report, all or nothing."""
    from vtour.files import write_json  # brings Pillow: readers do without

    write_json(gates_file(catalog, report.site), report.to_json())
