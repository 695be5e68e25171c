"""What a first visit weighs on the way, and how soon a phone on a slow net shows a page, by Lighthouse."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.bench.figures import Broken, Figure, must, say, scaled
from tests.bench.house import ROOT, House
from tests.browser.phone import FLAGS, HEIGHT, WIDTH, program, steps_in
from tests.browser.waiting import asks

PINNED = Path(__file__).with_name("lighthouse")
TOOL = ROOT / ".local" / "lighthouse"
PATIENT = "Siv Nyberg"
RUNS = 5
PATIENCE = 300
METRICS: tuple[tuple[str, str, str, float | None, bool], ...] = (
    ("performance", "performance", "", 98, True),
    ("accessibility", "accessibility", "", 100, True),
    ("lcp ms", "largest-contentful-paint", "ms", 1200, False),
    ("blocked ms", "total-blocking-time", "ms", None, False),
)
SETTLED = """() => navigator.serviceWorker.ready.then((it) => new Promise((done) => {
  const look = () => (it.active.state === "activated" ? done() : setTimeout(look, 50));
  look();
}))"""


def run() -> list[Figure]:
    lighthouse()
    with House(durable=False) as house:
        database = house.database("weight")
        seeded = house.flask(database, "demo")
        must(seeded.returncode == 0, f"the demo was not made: {seeded.stderr[-500:]}")
        url = f"http://localhost:{house.web(database).port}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
            found = first_visit(browser, url)
            thread, cookies = as_patient(browser, url)
            browser.close()
        pages = {"start": (url, ""), "thread": (thread, cookies), "help": (f"{url}/hjalp-nu", "")}
        judged = {name: [judge(*page) for _run in range(scaled(RUNS))] for name, page in pages.items()}
    return found + told(judged)


@dataclass
class Wire:
    """Every byte that came to a phone, heads and all, and the bodies by kind; what is kept for later is counted too."""

    whole: int = 0
    later: int = 0
    bodies: dict[str, int] = field(default_factory=dict)

    def count(self, request: Request) -> None:
        sizes = request.sizes()
        body, path = sizes["responseBodySize"], urlsplit(request.url).path
        size = body + sizes["responseHeadersSize"] if body else 0
        self.whole += size
        self.later += size if request.service_worker else 0
        kind = Path(path).suffix if path.startswith("/static/") else "page"
        self.bodies[kind] = self.bodies.get(kind, 0) + body
        say(f"    {size:7} {'later' if request.service_worker else 'now':5} {path}")


def first_visit(browser: Browser, url: str) -> list[Figure]:
    """A phone that has never been here, until all that it wants has come."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="sv-SE")
    wire = Wire()
    context.on("requestfinished", wire.count)
    page = context.new_page()
    page.goto(url)
    asks(page, SETTLED, "the worker to be active")
    page.wait_for_load_state("networkidle")
    # The browser tells of no size for the worker's own script.
    script = context.request.get(f"{url}/sw.js", headers={"Accept-Encoding": "gzip"})
    worker = int(script.headers["content-length"])
    wire.whole += worker + sum(len(it["name"]) + len(it["value"]) + 4 for it in script.headers_array)
    context.close()
    must(wire.later > 0, "the worker fetched nothing, so this was no whole first visit")
    must({"page", ".js", ".css", ".svg"} <= wire.bodies.keys(), f"only {sorted(wire.bodies)} came")
    return [
        Figure("weight", "first visit kB", kilo(wire.whole), "kB", 60),
        Figure("weight", "js kB", kilo(wire.bodies[".js"]), "kB", 20),
        Figure("weight", "css kB", kilo(wire.bodies[".css"]), "kB", 12),
        Figure("weight", "page kB", kilo(wire.whole - wire.later), "kB"),
        Figure("weight", "worker kB", kilo(worker), "kB"),
    ]


def kilo(size: int) -> float:
    return round(size / 1000, 1)


def as_patient(browser: Browser, url: str) -> tuple[str, str]:
    """Where a thread of the demo's patient is, and the cookies that open it."""
    context = browser.new_context(base_url=url, locale="sv-SE")
    page: Page = context.new_page()
    steps_in(page, PATIENT)
    page.goto("/meddelanden")
    page.locator("main .rows a").first.click()
    page.wait_for_url("**/meddelanden/*")
    address = page.url
    cookies = "; ".join(f"{it['name']}={it['value']}" for it in context.cookies())
    context.close()
    return address, cookies


def lighthouse() -> None:
    """Install what package-lock.json pins, once."""
    lock = PINNED / "package-lock.json"
    there = TOOL / "package-lock.json"
    if there.is_file() and there.read_bytes() == lock.read_bytes() and (TOOL / "node_modules/lighthouse").is_dir():
        return
    if not (shutil.which("npm") and shutil.which("node")):
        raise Broken("npm and node are needed for Lighthouse: on Debian, apt install npm")
    say(f"    installing Lighthouse into {TOOL}")
    TOOL.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, TOOL / name)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm = ["npm", "ci", *quiet]
    done = subprocess.run(npm, cwd=TOOL, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        there.unlink()
        raise Broken(f"Lighthouse could not be installed: {done.stderr[-500:]}")


def judge(url: str, cookies: str) -> dict[str, Any]:
    """One look at a page as Lighthouse's phone: a slow processor on a slow net, with nothing kept from before."""
    flags = "--headless=new " + " ".join(flag for flag in FLAGS if not flag.startswith("--host-resolver"))
    command = ["node", str(TOOL / "node_modules/lighthouse/cli/index.js"), url, "--output=json", "--quiet"]
    command += [f"--chrome-flags={flags}", "--only-categories=performance,accessibility"]
    command += [f"--extra-headers={json.dumps({'Cookie': cookies})}"] if cookies else []
    env = os.environ | {"CHROME_PATH": program()}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=PATIENCE, check=False)
    must(done.returncode == 0, f"Lighthouse ended with {done.returncode}: {done.stderr[-500:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    shown = report["finalDisplayedUrl"]
    must(shown.rstrip("/") == url.rstrip("/"), f"Lighthouse was shown {shown}, not {url}")
    scores = {name: 100 * report["categories"][name]["score"] for name in ("performance", "accessibility")}
    took = {it: report["audits"][it]["numericValue"] for it in ("largest-contentful-paint", "total-blocking-time")}
    least = {it["id"]: report["audits"][it["id"]]["score"] for it in report["categories"]["accessibility"]["auditRefs"]}
    short = [name for name, score in least.items() if score == 0]
    say(f"    {urlsplit(url).path} {scores} {took} {short or ''}")
    return scores | took


def told(judged: dict[str, list[dict[str, Any]]]) -> list[Figure]:
    """The median of each page, and by the issue's own names that of the page that does worst."""
    found = []
    for metric, what, unit, goal, least in METRICS:
        medians = {name: round(statistics.median(run[what] for run in runs), 1) for name, runs in judged.items()}
        worst = min(medians.values()) if least else max(medians.values())
        found.append(Figure("weight", metric, worst, unit, goal, least=least))
        found += [
            Figure("weight", f"{metric} {name}", value, unit, goal, least=least) for name, value in medians.items()
        ]
    return found
