"""What our pages are compared with: the barest Flask + SQLAlchemy + Jinja that does the same sort of thing.

No viewer, no log, nothing sealed, no form token: a page of twenty rows, and an insert with its commit.
"""

import os
from datetime import UTC, datetime

from flask import Flask, redirect, request
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug import Response

TABLE = """
create table bare_letter (
  id bigint generated always as identity primary key,
  thread integer not null, name text not null, text text not null, at timestamptz not null
);
create index ix_bare_letter_thread_at on bare_letter (thread, at);
grant select, insert on bare_letter to narlinjen_app;
"""
PAGE = """<!doctype html>
<html lang="sv"><head><meta charset="utf-8"><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
<ol>{% for it in letters %}<li><p>{{ it.name }} <time>{{ it.at }}</time></p><p>{{ it.text }}</p></li>{% endfor %}</ol>
</body></html>
"""


class Base(DeclarativeBase):
    pass


class BareLetter(Base):
    __tablename__ = "bare_letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    thread: Mapped[int]
    name: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


def create_app() -> Flask:
    app = Flask(__name__)
    engine = create_engine(make_url(os.environ["DATABASE_URL"]), pool_size=20, max_overflow=0)
    template = app.jinja_env.from_string("{% autoescape true %}" + PAGE + "{% endautoescape %}")

    @app.get("/readyz")
    def ready() -> str:
        return "ready\n"

    @app.get("/rows/<int:thread>")
    def rows(thread: int) -> str:
        with Session(engine) as session:
            newest = select(BareLetter).where(BareLetter.thread == thread).order_by(BareLetter.at.desc()).limit(20)
            return template.render(title="Meddelanden", letters=session.scalars(newest).all())

    @app.post("/rows/<int:thread>")
    def write(thread: int) -> Response:
        with Session(engine) as session:
            session.add(BareLetter(thread=thread, name="Siv Nyberg", text=request.form["text"], at=datetime.now(UTC)))
            session.commit()
        return redirect(f"/rows/{thread}", 303)

    return app
