"""Gates ``package`` and ``budgets``: the scene package is whole, of its site, not too large."""

from vtour.errors import InputError
from vtour.rollout.gates.case import Case, bytes_below
from vtour.rollout.gates.evidence import no_evidence
from vtour.rollout.gates.findings import at_most, bad, good
from vtour.rollout.numbers import figure
from vtour.schema.gates import Finding
from vtour.schema.tour import Tour, Usage

OVER_BUDGET = ", expected at most "
"""How stages word a version that could not be made small enough."""
MAKES_VERSIONS = ("derivatives", "models")


def check_scene_package(case: Case) -> list[Finding]:
    """No errors, every model through the Khronos validator, and up to date with its captures."""
    from vtour.package_check import check_glb, out_of_date  # these import all stages
    from vtour.tour.validate import validate_package

    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None and case.work is not None
    try:
        report = validate_package(case.work, check_glb)
        late = out_of_date(case.work)
    except InputError as error:
        return [bad("package_unusable", why=str(error))]
    errors = at_most([bad("package_error", text=text) for text in report.errors])
    if late:
        errors.append(bad("package_late", why=late.partition(": ")[2]))
    return errors or [
        good("package_valid", files=len(case.package.tour.files), warnings=len(report.warnings))
    ]


def check_budgets(case: Case) -> list[Finding]:
    """Bytes of the whole and of the first view; no version over its own budget."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None
    root, profile = case.package.root, case.profile
    found = [
        _bytes(key, size, most)
        for key, size, most in (
            ("package_bytes", bytes_below(root), profile.package_bytes),
            ("first_load_bytes", first_load_bytes(case), profile.first_load_bytes),
        )
        if most is not None
    ]
    over = [
        bad("version_over_budget", stage=stage, text=text)
        for stage in MAKES_VERSIONS
        if stage in case.reports.stages
        for text in case.reports.stages[stage].warnings
        if OVER_BUDGET in text and (" bytes" in text or " faces" in text)
    ]
    return [*found, *at_most(over)] or [good("budgets_none")]


def _bytes(key: str, size: int, most: int) -> Finding:
    return Finding(
        key=key,
        values={"found": figure(size, "B"), "most": figure(most, "B")},
        passed=size <= most,
        found=size,
        max=most,
        unit="B",
    )


def first_load_bytes(case: Case) -> int:
    """What a visitor downloads of the package before the first picture moves.

    tour.json, the poster, and the sphere to begin in or the coarsest version of the first model
    (where there are points only: the head of their tileset).
    """
    assert case.package is not None
    package = case.package
    names = first_files(package.tour)
    sizes = [found.path.stat().st_size for name in names if (found := package.file(name))]
    return len(package.manifest) + sum(sizes)


def first_files(tour: Tour) -> list[str]:
    """The files of a package that come before the first view, besides tour.json."""
    names = [tour.poster.uri] if tour.poster else []
    if tour.nodes:
        start = tour.start.node if tour.start else None
        node = next((node for node in tour.nodes if node.id == start), tour.nodes[0])
        return list(dict.fromkeys([*names, node.panorama.base]))
    if tour.models:
        web = [each for each in tour.models[0].derivatives if each.usage is Usage.web3d]
        first = min(web or tour.models[0].derivatives, key=lambda each: each.bytes)
        return [*names, first.uri]
    return [*names, *(points.uri for points in tour.points[:1])]
