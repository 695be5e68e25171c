"""Static files under one prefix that is the digest of the whole tree, so that every copy may be kept for ever
and links between files need no rewriting."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from markupsafe import Markup
from whitenoise import WhiteNoise

SOURCE = Path(__file__).parent.parent / "static"
SQUEEZED = {".css", ".js", ".svg", ".json", ".webmanifest"}


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def squeezed(folder: Path, version: str, local: Path) -> Path:
    """A copy with a .gz beside each text file; the source itself where no copy can be kept."""
    ready = local / "static" / version
    if ready.is_dir():
        return ready
    draft = ready.with_name(f"{version}.{os.getpid()}")
    try:
        shutil.copytree(folder, draft)
        for path in draft.rglob("*"):
            if path.suffix in SQUEEZED:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        draft.rename(ready)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
    return ready if ready.is_dir() else folder


def init_app(app: Flask, local: Path, always: Mapping[str, str]) -> None:
    def say_always(headers: Headers, _path: str, _url: str) -> None:
        for name, value in always.items():
            headers[name] = value

    version = digest(SOURCE)
    prefix = f"/static/{version}/"
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=squeezed(SOURCE, version, local),
        prefix=prefix,
        max_age=365 * 86400,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
        add_headers_function=say_always,
    )
    app.extensions["static"] = version
    app.jinja_env.globals["static_url"] = lambda name: Markup(prefix + name)  # nosec B704  # named by templates only
