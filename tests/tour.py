"""Pictures of every page and state, phone and desk, light and dark, into .local/tour/, with a page that shows them."""

import shutil
import sys
import tempfile
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.config import fresh_secrets
from app.core import schema
from app.machine.postgres import Server
from tests.browser import looks, rooms
from tests.browser.behind import beside_the_demo
from tests.browser.looks import Way
from tests.browser.phone import FLAGS, Phone, choose, program
from tests.browser.rooms import ROOMS
from tests.browser.site import Site

FOLDER = Path(__file__).parent.parent / ".local" / "tour"
WAYS = tuple(Way(width, scheme, "sv", 100) for width in (390, 1280) for scheme in ("light", "dark"))
HIGHEST = 8_000
STYLE = "body{font:16px sans-serif}section{display:flex;gap:1rem;align-items:start}img{border:1px solid}"


def pictures(browser: Browser, url: str, way: Way) -> None:
    """Each room once, its people signed in once."""
    phones: dict[str, Phone] = {}
    for room in ROOMS:
        if room.fresh or room.who not in phones:
            phone = Phone(browser, url, width=way.width, height=way.height, color_scheme=way.scheme)
            choose(phone.page, way.language, room.who)
            looks.enlarge_text(phone.page, way.size)
            phones["" if room.fresh else room.who] = phone
        page = phones["" if room.fresh else room.who].page
        room.enter(page)
        looks.tall_window(page, HIGHEST)
        page.screenshot(path=FOLDER / f"{room.name}-{way}.png")
        page.set_viewport_size({"width": way.width, "height": way.height})
    for phone in phones.values():
        phone.put_away()


def index() -> None:
    """One page with all of them."""
    shown = "".join(
        f"<h2>{escape(room.name)}</h2><section>"
        + "".join(f'<img src="{room.name}-{way}.png" alt="{way}" width="{way.width // 2}">' for way in WAYS)
        + "</section>"
        for room in ROOMS
    )
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Tour</title><style>{STYLE}</style>{shown}"
    (FOLDER / "index.html").write_text(page)


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "pg", durable=False)
        server.start()
        try:
            server.create_database("tour")
            schema.migrate(server.url("tour", "owner"))
            site = Site(Path(folder) / "site", server, "tour", fresh_secrets())
            try:
                site.seed()
                site.start()
                take(site)
            finally:
                site.stop()
        finally:
            server.stop()
    index()
    print(f"{len(ROOMS) * len(WAYS)} pictures: {FOLDER / 'index.html'}")
    return 0


def take(site: Site) -> None:
    app = site.app()
    with app.app_context(), sync_playwright() as playwright:
        rooms.build(beside_the_demo(app))
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        for way in WAYS:
            pictures(browser, site.url, way)
        browser.close()
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()


if __name__ == "__main__":
    sys.exit(main())
