"""A page has a budget of statements, and many rows cost no more of them than one."""

from tests.guards.walk import MOST, Scene, Visit


def counts(scene: Scene) -> dict[str, int]:
    """The most statements that each page took, by whom it was shown to."""
    found: dict[str, int] = {}
    for visit in scene.visits:
        found[str(visit)] = max(found.get(str(visit), 0), len(visit.heard))
    return found


def show(scene: Scene, name: str) -> str:
    worst: Visit = max((visit for visit in scene.visits if str(visit) == name), key=lambda visit: len(visit.heard))
    return "\n".join(f"  {number}. {' '.join(said.split())[:150]}" for number, said in enumerate(worst.heard, 1))


def test_every_page_keeps_to_its_budget(large: Scene) -> None:
    for name, count in counts(large).items():
        assert count <= MOST, (
            f"{name} says {count} statements, and a page has {MOST}: join, or leave something for another page.\n"
            + show(large, name)
        )


def test_rows_cost_no_statements(small: Scene, large: Scene) -> None:
    few, many = counts(small), counts(large)
    # What there is one of leads on to it, and shows nothing itself to be compared with.
    shown = {str(visit) for visit in small.visits if not visit.leads_on}
    for name, count in ((name, many[name]) for name in many.keys() & shown):
        assert count <= few[name], (
            f"{name} says {few[name]} statements with one row, {count} with {large.rows}: ask for all at once.\n"
            + show(large, name)
        )


def test_this_guard_hears_every_statement(small: Scene) -> None:
    heard = {str(visit): visit.heard for visit in small.visits}
    assert any("last_seen" in said for said in heard["home.start as patient"]), "The silence was not long enough."
    assert counts(small)["home.help_now as patient"] == 0
    assert counts(small)["messages.thread as staff"] >= 4
