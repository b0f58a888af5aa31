"""Gate ``captures``: what was handed over is what was sealed."""

from collections.abc import Sequence
from pathlib import Path

from vtour.capture.seal import Difference, verify_captures
from vtour.errors import InputError
from vtour.files import file_digest
from vtour.rollout.catalog_file import shared_evidence
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.findings import bad, digest_of, good
from vtour.schema.gates import Finding
from vtour.siteyaml import read_site

SITE_NAME = "site.yaml"


def check_captures(case: Case) -> list[Finding]:
    """The folder is there, sealed, as it was sealed, and of this site."""
    named = case.site.evidence.captures
    if named is None:
        return [bad("captures_not_named")]
    if case.captures is None:
        return [bad("captures_gone", folder=named)]
    shared = shared_evidence(case.catalog.sites).get(case.site.id)
    if shared is not None:
        return [bad("evidence_shared", what=shared[0], other=shared[1])]
    if case.seal is None:
        return [bad("captures_not_sealed", folder=named)]
    try:
        difference = verify_captures(case.captures, case.progress)
    except InputError as error:
        return [bad("captures_unusable", why=str(error))]
    return [*_of_difference(difference, case.captures), *_of_site(case)]


def _of_difference(difference: Difference, folder: Path) -> list[Finding]:
    found = [
        bad(f"captures_{what}", count=len(names), first=names[0], of=digest_of(states))
        for what, names, states in (
            ("changed", difference.changed, _digests(folder, difference.changed)),
            ("missing", difference.missing, difference.missing),
            ("extra", difference.extra, _sizes(folder, difference.extra)),
        )
        if names
    ]
    return found or [good("captures_verified", count=difference.checked)]


def _digests(folder: Path, names: Sequence[str]) -> list[str]:
    """What is in changed files now: another change of them is not the same."""
    return [f"{name} {file_digest(folder / name)}" for name in names]


def _sizes(folder: Path, names: Sequence[str]) -> list[str]:
    """How large files are that were never sealed: to read them all would take its time."""
    return [f"{name} {(folder / name).stat().st_size}" for name in names]


def _of_site(case: Case) -> list[Finding]:
    """A site.yaml among the captures names the site."""
    assert case.captures is not None
    path = case.captures / SITE_NAME
    if not path.is_file():
        return []
    try:
        found = read_site(path).id
    except InputError as error:
        return [bad("captures_site_yaml", why=str(error))]
    if found != case.tour_id:
        return [bad("captures_other_site", found=found, expected=case.tour_id)]
    return [good("captures_of_site", site=found)]
