"""The main job: a patient writes, the contact reads and answers."""

from app.messages import queries
from app.messages.letter_queries import letters_in
from tests.world import World, today


def test_a_message_is_read_and_answered(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    thread = siv.asks("Jag vaknar vid tre på natten.")
    page = karin.phone().get("/")
    assert "Siv" in page.text
    karin.writes("Ta den på morgonen.", thread=thread)
    head = queries.thread_for(siv.viewer, thread, today=today())
    assert [letter.text for letter in letters_in(siv.viewer, head).letters] == [
        "Jag vaknar vid tre på natten.",
        "Ta den på morgonen.",
    ]
