"""What a logged reading costs, and the whole matrix: every route as everybody, for the things of two patients."""

from __future__ import annotations

from tests.bench import loader
from tests.bench.audit import cost_ratio
from tests.bench.figures import Figure, must, say, scaled
from tests.bench.house import House
from tests.bench.loader import Size
from tests.bench.pages import thread_pages
from tests.matrix.knock import taken_back, walk
from tests.matrix.town import Town, by_many

LEAST = 5_000


def run() -> list[Figure]:
    with House() as house:
        cost = cost_of_reading(house)
    with House(durable=False, demo=False) as house:
        return [cost, *matrix(house)]


def cost_of_reading(house: House) -> Figure:
    database = house.database("reading")
    app, owner = house.app(database), house.owner(database)
    town = loader.fill(app, owner, Size(threads=scaled(600, least=20), staff=10, patients=scaled(100)))
    cost = cost_ratio(house, database, house.web(database), thread_pages(app, town))
    return Figure("access", "cost ratio", cost, "")


def matrix(house: House) -> list[Figure]:
    """In one process and one transaction, so that no answer changes what the next one meets."""
    app = house.app(house.database("matrix"))
    by_many(app)
    with app.app_context():
        town = Town(app)
        with taken_back(app) as connection:
            found = walk(town, connection)
    for leak in sorted(found.leaks):
        say(f"    {leak}")
    must(found.requests > LEAST and found.let_in > LEAST // 10, f"{found.let_in} of {found.requests} let in: no matrix")
    return [
        Figure("access", "matrix requests", found.requests, ""),
        Figure("access", "leaks", len(found.leaks), "", 0),
    ]
