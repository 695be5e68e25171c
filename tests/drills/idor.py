"""Wrong persons at the doors of a real site: keys of others, of other kinds, nearly right ones, all at once.

None of them may be let in, none may read a word, and nothing but the log may have changed afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from itertools import chain
from typing import Any
from urllib.parse import urlencode

import psycopg

from app.core.db import short
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House
from tests.matrix.knock import ASKS_TO_SIGN_IN, REFUSED, Knock, allowed, browser, knocks
from tests.matrix.oracle import may_read
from tests.matrix.town import Side, Town, by_many

REQUESTS = 10_000
HANDS = 8
SEED = 20261122
MOVES = ("access_log", "access_log_rest", "log_seal", "session", "throttle", "heartbeat", "used_challenge")
TABLES = """
select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and not relispartition
"""


def run() -> list[Figure]:
    with House(demo=False) as house:
        database = house.database("idor")
        app, owner = house.app(database), house.owner(database)
        owner.autocommit = True
        by_many(app)
        with app.app_context():
            town = Town(app)
            every = list(knocks(town))
        wrong = [knock for knock in every if not allowed(town, knock)]
        right = [knock for knock in every if knock.endpoint == "notices.index" and knock not in wrong]
        web = house.web(database)
        before = rows(owner)
        chosen = list(drawn(town, wrong, scaled(REQUESTS)))
        with ThreadPoolExecutor(HANDS) as hands:
            shares = [chosen[hand::HANDS] for hand in range(HANDS)]
            found = list(chain.from_iterable(hands.map(partial(knock_on, town, web.port), shares)))
        shut = [knock.who for knock, status, *_rest in sent(town, web.port, right) if status != 200]
        must(bool(right) and not shut, f"{shut} were let in nowhere, so that what they were refused proves nothing")
        changed = [name for name, count in rows(owner).items() if before[name] != count]
    for leak in sorted(found):
        say(f"    {leak}")
    must(not changed, f"wrong persons changed {changed}")
    return [Figure("idor", "requests", len(chosen), ""), Figure("idor", "leaks", len(found), "", 0)]


def rows(owner: psycopg.Connection[Any]) -> dict[str, str]:
    """What each table holds, as a digest of all of its rows."""
    found: dict[str, str] = {}
    for (name,) in owner.execute(TABLES).fetchall():
        if name not in MOVES:
            said = owner.execute(f"select md5(string_agg(t::text, '' order by t::text)) from \"{name}\" t").fetchone()  # type: ignore[arg-type]
            found[name] = str(said)
    return found


def drawn(town: Town, wrong: list[Knock], count: int) -> Iterator[Knock]:
    """Wrong knocks, each once before any is repeated; the repeated ones with a key of another kind, or a broken one."""
    chance = random.Random(SEED)
    keys = [short(key) for side in (town.siv, town.rut) for key in side.things.values()]
    while count > 0:
        chance.shuffle(wrong)
        yield from wrong[:count]
        count -= len(wrong)
        bent = [bend(knock, chance, keys) for knock in wrong if knock.side]
        yield from bent[: max(count, 0)]
        count -= len(bent)


def bend(knock: Knock, chance: random.Random, keys: list[str]) -> Knock:
    """The same door with another key: of something else, one letter off, or cut."""
    parts = knock.path.split("/")
    places = [n for n, part in enumerate(parts) if len(part) == 22]
    if not places:
        return knock
    place, key = chance.choice(places), chance.choice(keys)
    parts[place] = chance.choice([key, key[:-1], parts[place][:-2] + key[-2:], key.swapcase(), key + "%00"])
    return Knock(knock.who, knock.method, knock.endpoint, "/".join(parts), None)


def knock_on(town: Town, port: int, share: list[Knock]) -> list[str]:
    """One hand's requests, and what they gave."""
    return [leak for knock, *answer in sent(town, port, share) for leak in leaks_of(town, knock, *answer)]


def sent(town: Town, port: int, share: list[Knock]) -> Iterator[tuple[Knock, int, str, str]]:
    """Each knock with its status, where it led, and all that it said."""
    browsers = {who: browser(phone) for who, phone in town.phones.items()}
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    for knock in share:
        cookies, token = browsers[knock.who]
        form = urlencode({"csrf_token": token}) if knock.method == "POST" else None
        headers = {"Cookie": cookies, "Host": "localhost"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(knock.method, knock.path, form, headers)
        answer = line.getresponse()
        said = answer.read().decode(errors="replace") + str(answer.headers)
        yield knock, answer.status, answer.getheader("Location") or "", said
    line.close()


def leaks_of(town: Town, knock: Knock, status: int, location: str, said: str) -> Iterator[str]:
    sides: tuple[Side, ...] = (town.siv, town.rut)
    where = f"{knock.method} {knock.path} as {knock.who}"
    if knock.side and status not in REFUSED and not ASKS_TO_SIGN_IN.match(location):
        yield f"{where} → {status}"
    for side in sides:
        for mark, word in side.marks.items():
            if word in said and knock.who not in may_read(town, side, mark):
                yield f"{where} read {mark}"
