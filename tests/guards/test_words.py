"""Plain Swedish: no word that the voice has given up, and running text that a tired reader gets through."""

import re
from collections.abc import Iterator

import html5lib
import pytest

from tests.guards.lix import Measure, measure, sentences
from tests.guards.strings import said
from tests.guards.test_docs import glossary_rows
from tests.guards.walk import Scene
from tests.lint import Page, tag, words

MOST, MOST_LAW = 40, 50
RUNNING = 100
LAW_PAGES = {
    "home.your_data": "how data is handled, by law",
    "home.accessibility": "the statement that the law asks for",
}
QUOTED = {"words", "said", "person", "rows", "persona", "call"}
SAY_INSTEAD = {
    r"!": "a full stop: we never call out",
    r"\btyvärr\b": "what is true, and the next step",
    r"\bvänlig(en|t)\b": "nothing",
    r"\bärende\w*": "din fråga, det du skrev",
    r"\bkonversation\w*": "det ni har skrivit",
    r"\bchatt?(a|en|ar)?\b": "skriva, meddelande",
    r"\bhandläggar\w*|\bbehandlare\w*": "din kontakt",
    r"\bersättare\w*|\bfrånvar\w*": "svarar nu, är borta",
    r"\båterkomm\w+|\bså snart (vi|som)\b": "du får svar senast …",
    r"\bhög belastning\b": "vi höll inte tiden",
    r"(?<!fast )(?<!fasta )\bvårdkontakt\w*": "din fasta vårdkontakt, din kontakt; om en tid: tid, samtal",
    r"\bbesökstyp\w*": "tid, samtal, hembesök",
    r"\bden sjuk[ea]\b|\bdrabbad\w*|\bpsykiskt sjuk\w*": "den du står nära, mår dåligt",
    r"\bsamtyck\w*|\bbehörighet\w*|\bsekretess\w*": "vem vill du bjuda in, vem får läsa",
    r"\binformation saknas\b|\binga träffar\b": "vi vet inte, så kan du fråga",
    r"\botäck[at]*\b|\bbemanning\w*": "glapp, ingen svarar",
    r"\bkö\b|\bsynkroniser\w*|\bmisslyck\w*": "väntar på att skickas",
    r"\båtkomstlogg\w*|\bloggpost\w*": "vem har läst",
    r"\båterkall\w*|\bradera\w*": "ta tillbaka, ta bort",
    r"\bklicka\w*": "tryck",
    r"\banvändare\w*|\bpatienten\b": "du",
    r"\bogiltig\w*|\bfelaktig\w*|\bförbjud\w*": "vad som är fel, och hur det blir rätt",
    r"\bNi har inte behörighet\b|\bni måste\b|\bdu måste\b": "så gör du",
}
ALLOWED = {
    "Frånvaro": "what staff call it themselves, in their own navigation",
    "Jag återkommer senast …": "what staff promise, and a time always follows",
    "Tryck på låset till vänster om adressen. Välj Behörigheter, sedan Aviseringar. Välj Tillåt.": "the browser's word",
    "Tryck på tecknet till vänster om adressen. Välj Behörigheter, sedan Aviseringar. Slå på dem.": "the phone's word",
    "Chatta i stället": "what Mind and Bris call it themselves",
    "Chatta med Självmordslinjen": "what Mind calls it itself",
    "Chatta med Bris, om du är under 18 år": "what Bris calls it itself",
    "Får inte visas för patienten utan sekretessprövning.": "what staff call the person, and the law's word for it",
    "Ett meddelande till en offentlig mottagning är en allmän handling. Den skyddas av sekretess.": "the law's word",
}


def texts() -> list[str]:
    """Every text of the source, in one and in many."""
    return [text for it in said() if it.id for text in (it.id if isinstance(it.id, tuple) else (it.id,))]


def given_up(text: str) -> Iterator[str]:
    bare = re.sub(r"<[^>]+>|%\(\w+\)s", " ", text)
    for pattern, instead in SAY_INSTEAD.items():
        if hit := re.search(pattern, bare, re.IGNORECASE):
            yield f"{hit.group()!r} (say: {instead})"


def terms() -> set[str]:
    """The Swedish terms of the glossary: words, and phrases that are left out only when whole."""
    cells = (re.sub(r"\([^)]*\)", "", cells[0]).replace(":", ",") for _line, cells in glossary_rows())
    return {term.strip().lower() for cell in cells for term in cell.split(",") if len(term.strip()) > 3}


def running_text(html: str) -> list[str]:
    """The paragraphs and items of a page's main part, without what people wrote, and lists of links."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    page = Page(root, None)
    main = next(page.all("main"))
    found = []
    for it in page.all("p", "li", "dd"):
        above = [it, *page.above(it)]
        classes = {name for up in above for name in up.attrib.get("class", "").split()}
        inside = [tag(child) for child in it.iter() if child is not it]
        whole = not {"p", "li", "form", "ul"} & set(inside)
        if main in above and whole and not classes & QUOTED and words(it):
            found.append(words(it))
    return found


def heavy(measured: Measure, most: int) -> bool:
    return measured.words >= RUNNING and measured.lix > most


def test_no_text_uses_a_word_that_is_given_up() -> None:
    found = {text: hits for text in texts() if text not in ALLOWED and (hits := list(given_up(text)))}
    assert not found, "Say it otherwise, or give the text a reason in ALLOWED:\n" + "\n".join(
        f"- {text!r}: {'; '.join(hits)}" for text, hits in found.items()
    )


def test_what_is_allowed_is_still_said() -> None:
    there = set(texts())
    idle = [text for text in ALLOWED if text not in there or not list(given_up(text))]
    assert not idle, f"Take {idle} from ALLOWED: nobody says it any longer."


def test_running_text_is_light(small: Scene) -> None:
    for visit in small.visits:
        if not visit.html:
            continue
        paragraphs = running_text(visit.html)
        measured, most = measure(paragraphs, terms()), MOST_LAW if visit.endpoint in LAW_PAGES else MOST
        heaviest = max((part for it in paragraphs for part in sentences(it)), key=len, default="")
        assert not heavy(measured, most), (
            f"{visit} has LIX {measured.lix:.0f} over {measured.words} words; at most {most}. Shorten sentences, take "
            f"shorter words. The longest sentence is: {heaviest!r}"
        )


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (["Jag går hem nu.", "Du ser mig."], (7, 2, 0, 3.5)),
        (["Mottagningen öppnar klockan åtta."], (4, 1, 2, 54.0)),
        (["Ring kl. 8 på måndag. Kommer du?"], (6, 2, 0, 3.0)),
        (["Så här: Ring oss. Eller så här: ring oss."], (9, 3, 0, 3.0)),
    ],
)
def test_lix_is_counted_as_bjornsson_does(paragraphs: list[str], expected: tuple[int, int, int, float]) -> None:
    found = measure(paragraphs)
    assert (found.words, found.sentences, found.long_words, found.lix) == expected


def test_names_and_terms_are_left_out() -> None:
    left = measure(
        ["Vi ringer Kvinnofridslinjen och vårdkontakten, utan fast telefontid."], {"vårdkontakt", "fast telefontid"}
    )
    assert left == Measure(4, 1, 0)


def test_these_guards_bite() -> None:
    assert list(given_up("Tyvärr gick det inte!"))
    assert not list(given_up("Din fasta vårdkontakt svarar. Du får svar senast i morgon."))
    long = "Sjukvårdsrådgivningens tillgänglighetsredogörelser innehåller omständliga formuleringar. "
    assert heavy(measure([long * 20]), MOST_LAW)
    assert len(terms()) > 50
    assert running_text("<main><p>Ett.<ul class=rows><li>Två</ul><div class=words><p>Tre</div></main>") == ["Ett."]
