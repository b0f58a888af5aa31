"""Write an acceptance record."""

from pathlib import Path

from vtour.rollout.record import content
from vtour.rollout.record.facts import RecordFacts
from vtour.rollout.record.results import results
from vtour.rollout.record.sheet import Sheet
from vtour.rollout.record.words import RECORD_WORDS

SECTIONS = (
    content.head_of_record,
    content.parties,
    content.subject,
    results,
    content.gates,
    content.waivers,
    content.digests,
    content.conclusion,
)


def write_record(path: Path, facts: RecordFacts, *, bilingual: bool = False) -> None:
    """Write the record as .docx, all or nothing; same facts, same bytes.

    bilingual : English below the Vietnamese.
    """
    title = f"{RECORD_WORDS['rec_title']['vi']} {facts.name}"
    sheet = Sheet(title, facts.acceptor, facts.at, bilingual=bilingual)
    for section in SECTIONS:
        section(sheet, facts)
    sheet.save(path)
