"""The patient reads who did what with what is theirs, and why they could, in plain words."""

from uuid import UUID

from tests.log.reading import lines, of, reads
from tests.world import Patient, Staff


def test_who_reads_stands_in_the_log_at_once(siv: Patient, karin: Staff, thread: UUID) -> None:
    reads(karin, thread)
    assert of(siv, "Karin Ek") == ["Läste dina meddelanden. Din fasta vårdkontakt."]
    (line,) = (it for it in lines(siv) if it.who == "Karin Ek" and it.thread)
    assert (line.title, line.unit, line.thread) == ("sjuksköterska", "Mottagning Björken", thread)
    assert line.topic == "Kan jag ta tabletten på morgonen?"
