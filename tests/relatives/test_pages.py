"""The pages of it, from the patient's offer to what is taken back, each on the phone of whoever it is."""

from __future__ import annotations

import re
from html import unescape

from tests.client import LintedClient
from tests.world import Patient, World, token_in


def press(phone: LintedClient, page: str, action: str, **values: object) -> str:
    """Press a button of a page, and return where it leads."""
    html = phone.get(page).text
    assert f'action="{action}"' in html, f"{page} has no button to {action}"
    answer = phone.post(action, data={"csrf_token": token_in(html)} | values)
    assert answer.status_code == 303, answer.text
    return answer.location


def main(phone: LintedClient, page: str) -> str:
    """The words of a page, without what stands on every one."""
    html = phone.get(page).text
    inside = re.search(r"<main.*?</main>", html, re.DOTALL)
    assert inside
    return " ".join(unescape(re.sub(r"<template.*?</template>|<[^>]+>", " ", inside.group(), flags=re.DOTALL)).split())


def offers(phone: LintedClient, **values: object) -> str:
    """Make an offer, and return its page."""
    return press(phone, "/anhoriga", "/anhoriga", **({"name": "Anna", "items": "contact", "length": "half"} | values))


def code_on(phone: LintedClient, page: str) -> str:
    found = re.search(r'<p class="code">([^<]+)</p>', phone.get(page).text)
    assert found, "the page shows no code"
    return found[1]


def test_from_the_offer_to_what_is_taken_back(world: World, siv: Patient) -> None:
    mine, annas = siv.phone(), world.patient("Anna Sandberg", contact=None).phone()
    place = offers(mine)
    code = code_on(mine, place)
    assert "Anna får se vem som är din kontakt och vem som svarar nu, till och med söndag 23 maj 2027." in main(
        mine, place
    )

    assert press(annas, "/slapp-in", "/slapp-in", code=code.lower()) == "/slapp-in/vidare"
    said = main(annas, "/slapp-in/vidare")
    assert "Siv" not in said and "Karin" not in said and "Björken" not in said
    shared = press(annas, "/slapp-in/vidare", "/slapp-in/ja")
    assert "Nu frågar vi en gång till" in main(annas, shared)

    assert siv.rings() == ["relative_answered"]
    assert "Någon har svarat på en inbjudan" in main(mine, "/aviseringar")
    assert "heter Anna Sandberg" in main(mine, place)
    done = press(mine, place, f"{place}/ja")
    assert "Anna ser vem som är din kontakt" in main(mine, done)

    assert world.people["Anna Sandberg"].rings() == ["let_in"]
    seen = main(annas, shared)
    assert "Det Siv Nyberg delar med dig" in seen and "Karin Ek svarar nu" in seen
    assert world.people["Anna Sandberg"].rings() == []
    assert "Anna tittade senast i dag kl. 10.00" in main(mine, "/anhoriga").replace("\N{NO-BREAK SPACE}", " ")

    done = press(mine, "/anhoriga", f"{place}/ta-tillbaka")
    assert "Anna ser ingenting längre" in main(mine, done)
    gone = main(annas, shared)
    assert "Delningen har upphört" in gone and "Siv" not in gone and "Karin" not in gone
