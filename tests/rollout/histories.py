"""Catalogues with histories, built in code: sites that went through given states on given days."""

from datetime import UTC, date, datetime, timedelta

from vtour.schema.catalog import Catalog

PHASES = [
    {"id": "2021", "sites": 9, "start": "2021-05-01", "end": "2021-12-31"},
    {"id": "2022", "sites": 12, "start": "2022-01-01", "end": "2022-12-31"},
    {"id": "2023", "sites": 10, "start": "2023-01-01", "end": "2023-12-31"},
    {"id": "2024-2025", "kind": "upkeep", "start": "2024-01-01", "end": "2025-12-31"},
]
TO_ACCEPTED = ("permitted", "captured", "delivered", "processing", "in_review", "accepted")


def day(text):
    return date.fromisoformat(text)


def step(state, on, number=1, **more):
    """A transition at nine in the morning of a day in Vietnam."""
    at = datetime.fromisoformat(f"{on}T02:00:00+00:00")
    return {"at": at, "state": state, "by": "Lan", "role": "manager", "entry": number, **more}


def walk(*steps):
    """A history of (state, day) pairs."""
    return [step(state, on, number) for number, (state, on) in enumerate(steps, start=1)]


def accepted_on(on):
    """A history that ends with the acceptance on a day, one state a day."""
    last = date.fromisoformat(on)
    days = [last - timedelta(days=back) for back in range(len(TO_ACCEPTED) - 1, -1, -1)]
    return walk(*zip(TO_ACCEPTED, map(str, days), strict=True))


def site(site_id, phase="2021", history=(), **more):
    """One site; its state is that of the last step."""
    return {
        "id": site_id,
        "phase": phase,
        "name": {"vi": f"Điểm {site_id}", "en": f"Site {site_id}"},
        "admin": {"commune_code": "05986", "commune": "Phường Tam Thanh"},
        "location": {"lat": 21.86, "lon": 106.75, "class": "unverified"},
        "state": history[-1]["state"] if history else "planned",
        "history": list(history),
        **more,
    }


def catalog(*sites, phases=PHASES, **programme):
    """A catalogue of these sites with the phases of the plan."""
    return Catalog.model_validate(
        {
            "version": 1,
            "programme": {"name": {"vi": "Chương trình", "en": "Programme"}, **programme},
            "phases": phases,
            "profiles": {
                "standard": {
                    "deliverables": [
                        {"id": "model", "kind": "model"},
                        {"id": "panoramas", "kind": "panoramas", "count": 5},
                    ]
                }
            },
            "sites": list(sites),
        }
    )


def package(tour, **numbers):
    """What a package holds, zero where nothing is said."""
    empty = dict.fromkeys(("bytes", "models", "panoramas", "point_clouds", "hotspots"), 0)
    return {"tour": tour, "digest": "0" * 64, **empty, **numbers}


def noon(on):
    return datetime.fromisoformat(f"{on}T05:00:00").replace(tzinfo=UTC)
