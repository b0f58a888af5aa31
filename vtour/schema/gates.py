"""What was found when the gates of a site were looked at: ``catalog.gates/<site>.json``.

The files are written by ``vtour catalog gates``, ``set`` and ``accept``, read by reports and the
dashboard, and can be removed at any time: what somebody went through stands in the audit log.
"""

from datetime import datetime

from pydantic import Field

from vtour.schema.base import Identifier, Model
from vtour.schema.catalog import Digest, Gate


class Finding(Model):
    """One thing that was looked at.

    key, values : its words, in vtour/rollout/words/, and what fills them.
    """

    key: str
    values: dict[str, str | int | float] = Field(default_factory=dict)
    passed: bool
    deliverable: Identifier | None = None
    measure: str | None = None
    """A name of MEASURES, when it is a measure against a threshold."""
    found: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    of: str | None = None
    """What a waiver of it goes by, where that is not all of its values."""


class GateResult(Model):
    """How a gate stands; it passes when all of its findings do."""

    gate: Gate
    passed: bool
    findings: list[Finding] = Field(default_factory=list)
    at: datetime | None = None
    """When it was looked at, where that was before the time of the report."""


class PackageFacts(Model):
    """What the scene package of a site holds."""

    tour: Identifier
    digest: Digest
    """SHA-256 of tour.json."""
    bytes: int
    models: int
    panoramas: int
    point_clouds: int
    hotspots: int
    languages: list[str] = Field(default_factory=list)
    poster: str | None = None


class GateReport(Model):
    """All gates of a site that were looked at, at one time."""

    site: Identifier
    at: datetime
    of: Digest | None = None
    """SHA-256 of what the catalogue said of the site and its profile at that time."""
    gates: list[GateResult] = Field(default_factory=list)
    evidence: dict[str, Digest] = Field(default_factory=dict)
    """SHA-256 by what it is of: captures, package, reports, permits."""
    package: PackageFacts | None = None
