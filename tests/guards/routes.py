"""The table of routes by kind of person. `python -m tests.guards.routes` writes it anew into routes.txt."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from app import create_app
from app.config import Settings, fresh_secrets
from app.core.access import KINDS, label_of

TABLE = Path(__file__).with_name("routes.txt")
# So that the doors that a site opens by its settings stand in the table too.
VOUCHED = {
    f"OIDC_{who}_{name}": value
    for who in ("PATIENT", "STAFF")
    for name, value in {
        "ISSUER": "https://id.example.org",
        "CLIENT_ID": "n",
        "CLIENT_SECRET": "s",
        "ACR": "loa3",
    }.items()
}
HEAD = "endpoint · methods · path · kinds · database"


def unconnected_app(local: str, **env: str) -> Flask:
    """The app, whose database nobody has asked for yet."""
    given = fresh_secrets() | {"DEMO": "1", "LOCAL_DIR": local, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    return create_app(Settings.from_env(given | VOUCHED | env))


def table(app: Flask) -> list[str]:
    """One line a route, sorted; raises Unlabelled for one that nobody has labelled."""
    lines = []
    for rule in app.url_map.iter_rules():
        label = label_of(app, rule.endpoint)
        methods = "+".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        kinds = " ".join(kind for kind in KINDS if kind in label.kinds)
        lines.append(" · ".join((rule.endpoint, methods, rule.rule, kinds, "database" if label.database else "none")))
    return sorted(lines)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        TABLE.write_text("\n".join((HEAD, *table(unconnected_app(folder)))) + "\n")
    print(TABLE.read_text(), end="")
