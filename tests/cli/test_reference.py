import re

import pytest

from vtour.cli.main import COMMANDS, STAGE_NAMES
from vtour.cli.reference import PAGE, reference_page
from vtour.stages import STAGES


def test_the_page_is_what_the_commands_say():
    assert PAGE.read_text() == reference_page(), "run: python -m vtour.cli.reference"


def test_every_command_has_a_section():
    sections = re.findall(
        r"^## vtour (\S+)$", reference_page(), re.MULTILINE
    )  # not those in groups
    assert sections == [*COMMANDS, *STAGE_NAMES]


def test_the_list_of_stages_is_that_of_the_pipeline():
    assert {s.name: f"{s.about}." for s in STAGES} == STAGE_NAMES


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md", "docs/rollout.md"])
def test_commands_in_the_docs_exist(page):
    text = (PAGE.parents[1] / page).read_text()
    used = set(re.findall(r"^\s*vtour ([a-z]+)", text, re.MULTILINE))
    assert used
    assert used <= {*COMMANDS, *STAGE_NAMES}
