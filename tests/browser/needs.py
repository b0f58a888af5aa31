"""What browser tests need beyond Python: absent, it is a skip at a desk and a failure in CI."""

import os

import pytest

REQUIRED = "VTOUR_REQUIRE_BROWSER"
"""Set by scripts/test, which installs all that is needed; CI is set by the services themselves."""


def is_required():
    return any(os.environ.get(name, "") not in ("", "0", "false") for name in (REQUIRED, "CI"))


def lacks(reason):
    """End the test: a run that must be complete may not leave it out."""
    if is_required():
        pytest.fail(f"{reason} ({REQUIRED} or CI is set: no skip)", pytrace=False)
    pytest.skip(reason)
