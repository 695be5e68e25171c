"""From the page of people to an answered message, one sentence a line, as two people with their phones."""

import re
from datetime import timedelta
from html import unescape

import time_machine

from tests.world import World, form_in


def test_siv_asks_and_karin_answers(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with time_machine.travel("2026-11-25 19:05 +0000", tick=False) as clockwork:
        phone = siv.phone()
        start = phone.get("/").text
        write = re.search(r'href="(/meddelanden/ny/[\w-]{22})"', start)
        assert write and "Skriv till Karin Ek" in start
        page = phone.get(write[1]).text
        sent = phone.post(
            write[1],
            data=form_in(page)
            | {"text": "Hej Karin. Jag vaknar vid tre på natten.\n\nKan jag ta tabletten på morgonen?"},
        )
        thread = sent.location.partition("#")[0]
        page = phone.get(thread).text
        assert "<h1" in page and "Jag vaknar vid tre på natten" in page and "i dag kl. 20.05" in page
        assert "läste" not in page.partition("<ol")[2].partition("</ol>")[0].replace("Karin Ek läser", "")

        clockwork.move_to("2026-11-26 07:12 +0000")
        desk = karin.phone()
        assert "En väntar på dig" in desk.get("/").text and "i går kl. 20.05" in desk.get("/").text
        page = desk.get(thread).text
        assert "Kan jag ta tabletten på morgonen?" in page
        assert "Karin Ek läste i dag kl. 8.12" in unescape(phone.get(thread).text)
        clockwork.shift(timedelta(minutes=3))
        data = form_in(page) | {"text": "Ja, det går bra."}
        assert desk.post(thread, data=data).location == f"{thread}#m2"
        assert "Ingen väntar på dig just nu" in desk.get("/").text

        clockwork.shift(timedelta(hours=1))
        assert "Oläst" in phone.get("/meddelanden").text
        page = phone.get(thread).text
        assert "Ja, det går bra." in page and "sjuksköterska" in page and "i dag kl. 8.15" in page
        assert "Oläst" not in phone.get("/meddelanden").text
        assert "Siv läste i dag kl. 9.15" in unescape(desk.get(thread).text)


def test_a_draft_outlives_the_session(world: World) -> None:
    siv = world.patient("Siv")
    assert siv.contact
    with time_machine.travel("2026-11-25 19:05 +0000", tick=False) as clockwork:
        phone = siv.phone()
        path = re.search(r'href="(/meddelanden/ny/[\w-]{22})"', phone.get("/").text)
        assert path
        page = phone.get(path[1]).text
        data = form_in(page) | {"text": "Jag har tänkt på", "spara": "1"}
        assert phone.post(path[1], data=data).status_code == 303
        clockwork.shift(timedelta(days=8))
        assert phone.get(path[1]).status_code == 302
        phone = siv.phone()
        page = phone.get(path[1]).text
        assert "Jag har tänkt på</textarea>" in page and "Sparat onsdag 25 november kl. 20.05" in page
        data = form_in(page) | {"text": "Jag har tänkt på det du sa."}
        assert phone.post(path[1], data=data).status_code == 303
        assert "Jag har tänkt på" not in phone.get(path[1]).text
