"""Static files under one prefix that is the digest of the whole tree, so that every copy may be kept for ever
and links between files need no rewriting. What is sent is a copy made at start: the style sheets as one, and neither
comments nor indents, which nobody reads on the way."""

import gzip
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from markupsafe import Markup
from whitenoise import WhiteNoise

from app.core.headers import OF_FILES

SOURCE = Path(__file__).parent.parent / "static"
SQUEEZED = {".css", ".js", ".svg", ".json", ".webmanifest"}
SHEETS = ("css/tokens.css", "css/base.css", "css/components.css")
ONE_SHEET = "css/all.css"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Part of the digest: a copy that is made otherwise is another copy.
FORM = b"one sheet, thin"


@dataclass(frozen=True)
class Served:
    """Where the files of this version lie, the address that they are under, and the style sheets in their order."""

    root: Path
    prefix: str
    sheets: tuple[str, ...]


def digest(folder: Path) -> str:
    whole = hashlib.sha256(FORM)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def thin(text: str, suffix: str) -> str:
    """Without comments and indents. A script keeps its line breaks, and a comment beside code."""
    kept = COMMENT.sub("", text) if suffix == ".css" else text
    lines = (line.strip() for line in kept.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not (suffix == ".js" and line.startswith("//")))


def squeezed(folder: Path, version: str, local: Path) -> Path:
    """A thin copy with a .gz beside each text file; the source itself where no copy can be kept."""
    ready = local / "static" / version
    if ready.is_dir():
        return ready
    draft = ready.with_name(f"{version}.{os.getpid()}")
    try:
        shutil.copytree(folder, draft)
        (draft / ONE_SHEET).write_text("".join((draft / name).read_text() for name in SHEETS))
        for path in [*draft.rglob("*")]:
            if path.suffix in (".css", ".js"):
                path.write_text(thin(path.read_text(), path.suffix))
            if path.suffix in SQUEEZED:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        draft.rename(ready)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
    return ready if ready.is_dir() else folder


def init_app(app: Flask, local: Path, always: Mapping[str, str]) -> None:
    def say_always(headers: Headers, path: str, _url: str) -> None:
        for name, value in always.items():
            if name in OF_FILES or path.endswith(".svg"):
                headers[name] = value

    version = digest(SOURCE)
    root, prefix = squeezed(SOURCE, version, local), f"/static/{version}/"
    sheets = (ONE_SHEET,) if (root / ONE_SHEET).is_file() else SHEETS
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=root,
        prefix=prefix,
        max_age=365 * 86400,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
        add_headers_function=say_always,
    )
    app.extensions["static"] = Served(root, prefix, sheets)
    app.jinja_env.globals["sheets"] = sheets
    app.jinja_env.globals["static_url"] = lambda name: Markup(prefix + name)  # nosec B704  # named by templates only
