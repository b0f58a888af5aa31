"""Whether there is evidence at all, and of which site: what most gates ask first."""

from vtour.errors import InputError
from vtour.rollout.catalog_file import shared_evidence
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.findings import bad
from vtour.schema.gates import Finding


def no_evidence(case: Case) -> list[Finding]:
    """Why there is nothing to measure: no work folder, no package, or those of another site."""
    named = case.site.evidence.work
    if named is None:
        return [bad("work_not_named")]
    if case.work is None:
        return [bad("work_gone", folder=named)]
    if case.package is None:
        return [bad("package_unusable", why=case.package_trouble)]
    strangers = []
    shared = shared_evidence(case.catalog.sites).get(case.site.id)
    if shared is not None:
        strangers.append(bad("evidence_shared", what=shared[0], other=shared[1]))
    if case.package.id != case.tour_id:
        strangers.append(bad("package_other_site", found=case.package.id, expected=case.tour_id))
    try:
        inventory = case.inventory
    except InputError as error:
        return [*strangers, bad("inventory_damaged", why=str(error))]
    if inventory is not None and inventory.site_id != case.tour_id:
        strangers.append(bad("reports_other_site", found=inventory.site_id, expected=case.tour_id))
    return strangers
