"""What is kept of a patient as a document to read and print (PDF), by ReportLab.

Its letters are those of the font that comes with it, for languages in Latin letters. A sign that it lacks stands as a
box, and the first page says that the other file has it as it was written.
"""

import io
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from app.core.locale import gettext as _

PLAIN, BOLD = "Vera", "VeraBd"
BOX = "\u25a1"
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=10, leading=15, spaceAfter=2 * mm)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8.5, leading=12, spaceAfter=1 * mm, textColor="#3c4743")
FIRST = ParagraphStyle("first", parent=BODY, fontName=BOLD, fontSize=20, leading=26, spaceAfter=4 * mm)
SECOND = ParagraphStyle("second", parent=BODY, fontName=BOLD, fontSize=14, leading=19, spaceBefore=6 * mm)
THIRD = ParagraphStyle("third", parent=BODY, fontName=BOLD, fontSize=11, leading=15, spaceBefore=4 * mm)


@cache
def fonts() -> frozenset[int]:
    """Make the fonts known; gives back every letter that they have."""
    folder, made = Path(reportlab.__file__).parent / "fonts", None
    for name in (PLAIN, BOLD):
        made = TTFont(name, str(folder / f"{name}.ttf"))
        pdfmetrics.registerFont(made)
    assert made
    return frozenset(made.face.charToGlyph)


def printable(text: str) -> str:
    """The text in letters that the font has."""
    known = fonts()
    return "".join(letter if ord(letter) in known or letter in "\n\t" else BOX for letter in text)


class Document(SimpleDocTemplate):
    """A document whose headings are also its outline, so that one finds one's way without seeing the page."""

    def afterFlowable(self, flowable: Flowable) -> None:
        level = {"first": 0, "second": 1, "third": 2}.get(getattr(flowable, "style", BODY).name)
        if level is None:
            return
        key = f"h{self.seq.nextf('heading')}" if hasattr(self, "seq") else f"h{id(flowable)}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(flowable.getPlainText(), key, level=level, closed=level > 0)


def drawn(file: dict[str, Any]) -> bytes:
    """The document of one patient's file."""
    fonts()
    out, title = io.BytesIO(), _("Det som finns sparat om dig i Närlinjen")
    document = Document(out, pagesize=A4, margins=20 * mm, title=title, subject=file["made_at"], lang="sv")
    document.build([*story(file, title)], onFirstPage=numbered, onLaterPages=numbered)
    return out.getvalue()


def numbered(canvas: Any, _document: Any) -> None:
    canvas.setFont(PLAIN, 8)
    canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, str(canvas.getPageNumber()))


def story(file: dict[str, Any], title: str) -> Iterator[Flowable]:
    person = file["person"]
    yield text(title, FIRST)
    yield text(_("Gjord %(at)s.", at=moment(file["made_at"])), SMALL)
    yield text(
        _("Allt står också i filen som slutar på .json. Ett tecken som inte kan visas här står som %(box)s.", box=BOX),
        SMALL,
    )
    yield text(_("Du"), SECOND)
    yield from facts(
        (_("Namn"), person["name"]),
        (_("Personnummer"), person["number"]),
        (_("Telefon"), person["phone"]),
        (_("E-post"), person["email"]),
        (_("Patient här sedan"), moment(person["since"])),
        (_("Skyddade personuppgifter"), _("ja") if person["protected"] else None),
    )
    yield text(_("Dina kontakter"), SECOND)
    yield from or_nothing(file["contacts"], contact)
    yield text(_("Det du har önskat"), SECOND)
    yield from or_nothing(file["wishes"], wish)
    yield text(_("De du inte vill ska bli tillfrågade"), SECOND)
    yield from or_nothing(file["not_to_be_asked"], lambda it: facts((it["who"], period(it["since"], it["until"]))))
    yield text(_("Meddelanden"), SECOND)
    yield from or_nothing(file["threads"], thread)
    yield text(_("Dina tider"), SECOND)
    yield from or_nothing(file["bookings"], booking)
    yield text(_("Sparade utkast"), SECOND)
    yield from or_nothing(file["drafts"], lambda it: facts((moment(it["saved_at"]), it["text"])))
    yield text(_("De du har bjudit in"), SECOND)
    yield from or_nothing(file["relatives"], relative)
    yield text(_("Dina inloggningar"), SECOND)
    yield from or_nothing(file["ways_in"]["sessions"], session)
    yield text(_("Dina nycklar"), SECOND)
    yield from or_nothing(
        file["ways_in"]["passkeys"], lambda it: facts((it["name"], period(it["made_at"], it["ended_at"])))
    )
    yield text(_("Dina frågor om loggen"), SECOND)
    yield from or_nothing(
        file["log_questions"], lambda it: facts((moment(it["asked_at"]), it["text"]), (_("Svar"), it["answer"]))
    )
    yield text(_("Vem har läst"), SECOND)
    yield from or_nothing(file["log"], entry)


def or_nothing(them: list[Any], each: Any) -> Iterator[Flowable]:
    if not them:
        yield text(_("Inget finns sparat."), SMALL)
    for it in them:
        yield from each(it)


def contact(it: dict[str, Any]) -> Iterator[Flowable]:
    where = f" ({it['unit']})" if it["unit"] else ""
    yield from facts((f"{it['who']}{where}", period(it["from"], it["until"])), (_("Din önskan"), it["wish"]))


def wish(it: dict[str, Any]) -> Iterator[Flowable]:
    yield from facts((moment(it["made_at"]), it["words"] or "–"), (_("Svar"), it["answer"]))


def booking(it: dict[str, Any]) -> Iterator[Flowable]:
    yield text(f"{moment(it['starts_at'])}, {it['title']}", THIRD)
    stands = {"cancelled": _("Inställd"), "noshow": _("Blev inte av"), "entered-in-error": _("Låg där av misstag")}
    yield from facts(
        (_("Vem"), ", ".join(who for who in it["meets"] if who)),
        (_("Plats"), it["place"]),
        (_("Ta med"), it["bring"]),
        (_("Så gick det"), stands.get(it["status"])),
    )
    said = {
        "accepted": _("Jag kommer"),
        "tentative": _("Jag vill ha en annan tid"),
        "declined": _("Jag kan inte komma"),
    }
    for one in it["answers"]:
        yield from facts((moment(one["at"]), said[one["answer"]]), (_("Det här passar"), one["words"]))
    for letter in it["letters"]:
        if letter["words"]:
            yield text(_("Kallelse, %(at)s", at=moment(letter["made_at"])), SMALL)
            yield text(f"{letter['words']}\n\n{letter['closing']}", BODY)


def thread(it: dict[str, Any]) -> Iterator[Flowable]:
    yield text(it["topic"], THIRD)
    for letter in it["messages"]:
        yield text(f"{letter['from']}, {moment(letter['at'])}", SMALL)
        yield text(letter["text"], BODY)
    for question in it["questions"]:
        for move in question["moves"]:
            if move["words"]:
                yield text(f"{move['to']}, {moment(move['at'])}: {move['words']}", SMALL)
        if question["reason"]:
            yield text(f"{moment(question['ended_at'])}: {question['reason']}", SMALL)


def relative(it: dict[str, Any]) -> Iterator[Flowable]:
    yield from facts((it["name"], period(it["offered_at"], it["ended_at"] or it["until"])))


def session(it: dict[str, Any]) -> Iterator[Flowable]:
    yield from facts((it["device"].strip("/") or "–", period(it["started_at"], it["ended_at"])))


def entry(it: dict[str, Any]) -> Iterator[Flowable]:
    where = f", {it['unit']}" if it["unit"] else ""
    yield text(f"{moment(it['at'])}: {it['who']}{where}: {it['what']}", SMALL)


def facts(*pairs: tuple[Any, Any]) -> Iterator[Flowable]:
    for name, value in pairs:
        if value:
            yield text(f"{name}: {value}", BODY)
    yield Spacer(1, 1 * mm)


def text(said: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(printable(said), quote=False).replace("\n", "<br/>"), style)


def moment(said: str | None) -> str:
    """A moment of the file without its offset and seconds."""
    return (said or "").replace("T", " ")[:16]


def period(first: str | None, last: str | None) -> str:
    return _("från %(first)s", first=moment(first)) + (_(" till %(last)s", last=moment(last)) if last else "")
