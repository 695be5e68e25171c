"""The pictures of the app that phones take only as PNG, drawn from the vector ones. `python -m tests.icons` draws them
anew into app/static/icons; each carries the digest of what it was drawn from, so that a guard sees which are old."""

import hashlib
import re
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parents[1] / "app" / "static" / "icons"
SPRUCE = "#1c5445"
HEAD = b"\x89PNG\r\n\x1a\n"
NOTE = b"Drawn from\0"
EMPTY = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True)
class Icon:
    """One picture: how many pixels wide, and the drawing as SVG."""

    name: str
    size: int
    drawing: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.size} {self.drawing}".encode()).hexdigest()


def source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text()


def opaque(drawing: str) -> str:
    """With its corners filled: some phones cut the corners themselves, and paint black what is empty."""
    return drawing.replace(' rx="116"', "")


def sign(name: str) -> str:
    """A sign of the house, as light lines on the app's own colour."""
    found = re.search(rf'<symbol id="{name}"[^>]*>(.*?)</symbol>', source("icons"))
    assert found, f"no sign {name!r} in icons.svg"
    lines = 'fill="none" stroke="#f6f3e8" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
        f'<rect width="48" height="48" rx="10" fill="{SPRUCE}"/>'
        f'<g transform="translate(12 12)" {lines}>{found[1]}</g></svg>'
    )


def icons() -> list[Icon]:
    app, maskable, mono = source("app"), source("app-maskable"), source("app-mono")
    return [
        Icon("app-192", 192, app),
        Icon("app-512", 512, app),
        Icon("maskable-192", 192, maskable),
        Icon("maskable-512", 512, maskable),
        Icon("mono-192", 192, mono),
        Icon("badge-96", 96, mono),
        Icon("apple-180", 180, opaque(app)),
        Icon("write-96", 96, sign("pen")),
        Icon("times-96", 96, sign("calendar")),
        Icon("help-96", 96, sign("help")),
    ]


def drawn(browser: Browser, icon: Icon) -> bytes:
    """The picture as a PNG, with the digest of its drawing in it."""
    page = browser.new_page(viewport={"width": icon.size, "height": icon.size})
    page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:100vw;height:100vh}}</style>{icon.drawing}")
    picture = page.screenshot(omit_background=True)
    page.close()
    body = NOTE + icon.digest.encode()
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    assert picture.endswith(EMPTY)
    return picture.removesuffix(EMPTY) + chunk + EMPTY


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(HEAD)
    return struct.unpack(">II", picture[16:24])


def drawn_from(picture: bytes) -> str | None:
    """The digest of the drawing that it was made from."""
    place = picture.find(b"tEXt" + NOTE)
    return picture[place + 4 + len(NOTE) :][:64].decode() if place >= 0 else None


def main() -> int:
    from tests.browser.phone import FLAGS, program

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        for icon in icons():
            (FOLDER / f"{icon.name}.png").write_bytes(drawn(browser, icon))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
