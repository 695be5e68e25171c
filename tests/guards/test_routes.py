"""Every route says who it is for; the table of routes is a checked-in file that a reviewer reads."""

from pathlib import Path

import pytest
from flask import Blueprint, Flask

from app.core.access import KINDS, Unlabelled, access
from tests.guards.routes import HEAD, TABLE, table, unconnected_app

ANEW = "then run `python -m tests.guards.routes`, read the difference as a reviewer would, and commit routes.txt."


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return unconnected_app(str(tmp_path_factory.mktemp("routes")))


def test_every_route_is_labelled(bare_app: Flask) -> None:
    bare = [name for name, view in bare_app.view_functions.items() if not hasattr(view, "access")]
    assert not bare, f"{bare} have no @access: say above each function who it is for, one or more of {KINDS}."


def test_the_table_of_routes_is_the_one_checked_in(bare_app: Flask) -> None:
    said, there = TABLE.read_text().splitlines(), [HEAD, *table(bare_app)]
    new, gone = sorted(set(there) - set(said)), sorted(set(said) - set(there))
    assert said == there, (
        f"The routes have changed: new {new}, gone {gone}. See that each is for the right people, {ANEW}"
    )


# A service worker has no page to take a token from. `core.origin` refuses all that comes from another site; what the
# first takes is itself a proof, and the second takes JSON, which no other site's form can send. Leaving works from a
# page however old it is, and opening again what was left gives nobody anything.
WITHOUT_TOKEN = {"app.notices.receipt_views.keep", "app.notices.subscription_views.keep"}
WITHOUT_TOKEN |= {"app.accounts.exit_views.leave", "app.accounts.exit_views.back"}
# Another system has no page either, and no cookie: it shows its secret, or a token, with each request.
WITHOUT_TOKEN |= {"app.exchange.token_views.give"}
WITHOUT_TOKEN |= {f"app.exchange.views.search_{what}" for what in ("times", "contacts")}


def test_what_changes_something_is_a_post_that_nobody_can_forge(bare_app: Flask) -> None:
    csrf = bare_app.extensions["csrf"]
    assert csrf._exempt_views <= WITHOUT_TOKEN and not csrf._exempt_blueprints, (
        "A view is exempt from the form token: take that away."
    )
    for rule in bare_app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert methods in ({"GET"}, {"POST"}), (
            f"{rule.endpoint} takes {sorted(methods)}: give GET and POST a function each, so that a GET cannot write."
        )


def test_the_demo_has_no_door_in_a_real_installation(tmp_path: Path) -> None:
    real = unconnected_app(str(tmp_path), DEMO="", BASE_URL="https://narlinjen.example.org")
    open_doors = [rule.rule for rule in real.url_map.iter_rules() if "demo" in rule.endpoint]
    assert not open_doors, f"{open_doors} exist outside the demo: register them only when settings.demo."
    assert real.test_client().get("/komponenter").status_code == 404, "/komponenter shows outside the demo: abort(404)."


def test_an_unlabelled_route_is_refused_when_it_runs(tmp_path: Path) -> None:
    app = unconnected_app(str(tmp_path))
    stray = Blueprint("stray", __name__)
    stray.get("/stray")(lambda: "in")
    app.register_blueprint(stray)
    app.testing = True
    with pytest.raises(Unlabelled):
        app.test_client().get("/stray")
    app.testing = False
    answer = app.test_client().get("/stray")
    assert answer.status_code == 500 and b">in<" not in answer.data, (
        "A route without a label answered: see core/access.py."
    )
    with pytest.raises(Unlabelled):
        table(app)


def test_a_label_of_an_unknown_kind_is_refused() -> None:
    for kinds in ((), ("everybody",)):
        with pytest.raises(ValueError, match="some of"):
            access(*kinds)
