"""What must hold of threads and letters wherever they come from."""

from __future__ import annotations

from typing import Any

import psycopg
from flask import Flask

from app.core import crypto
from app.core.crypto import place
from tests.bench.figures import must

NEVER = {
    "a thread that counts its letters wrong": """
        select count(*) from thread t left join (select thread_id, count(*) as c, max(n) as n from message group by 1) m
          on m.thread_id = t.id where t.last_n is distinct from m.n or m.n is distinct from m.c""",
    "a thread whose last letter is not its last": """
        select count(*) from thread t join message m on m.thread_id = t.id and m.n = t.last_n
          where m.author_id <> t.last_by or m.written_at <> t.last_at""",
    "a thread that waits without a question, or does not wait with one": """
        select count(*) from thread t
          left join lateral (select m.n, m.written_at from message m where m.thread_id = t.id
            and m.author_id = t.patient_id and m.n > coalesce((select max(a.n) from message a
              where a.thread_id = t.id and a.author_id <> t.patient_id), 0) order by m.n limit 1) q on true
          where t.unanswered_n is distinct from q.n or t.unanswered_since is distinct from q.written_at""",
    "a letter by somebody who takes no part": """
        select count(*) from message m join thread t on t.id = m.thread_id
          where m.author_id not in (t.patient_id, t.belongs_to) and not exists (select from wait w
            join handoff h on h.wait_id = w.id where w.subject_id = t.id and h.to_id = m.author_id)""",
    "a question that waits in its thread and not among the waits, or the other way round": """
        select count(*) from thread t
          left join wait w on w.kind = 'thread' and w.subject_id = t.id and w.ended_at is null
          where (t.unanswered_n is null) <> (w.id is null)""",
    "a wait whose hand-overs do not lead to its holder": """
        select count(*) from wait w left join handoff h on h.wait_id = w.id and h.turn = w.turn
          where h.to_id is distinct from w.holder_id or h.wait_id is null""",
    "a letter without its thread or its author": """
        select count(*) from message m left join thread t on t.id = m.thread_id left join person p on p.id = m.author_id
          where t.id is null or p.id is null""",
    "a mark beyond the last letter, or without its thread or its reader": """
        select count(*) from read_mark r left join thread t on t.id = r.thread_id
          left join person p on p.id = r.person_id
          where t.id is null or p.id is null or r.upto > t.last_n""",
    "a key to another table that nobody has checked": "select count(*) from pg_constraint where not convalidated",
}


def check(app: Flask, owner: psycopg.Connection[Any], *, sample: int = 200) -> None:
    """Raises Broken when something does not hold; a sample of the letters must open too."""
    for what, count in NEVER.items():
        found = owner.execute(count).fetchone()
        must(found is not None and found[0] == 0, f"the invariants do not hold: {what} ({found})")
    share = "select thread_id, n, text_sealed from message order by digest limit %s"
    with app.app_context():
        for thread_id, n, sealed in owner.execute(share, (sample,)).fetchall():
            must(bool(crypto.keyring().open(sealed, place("message.text", thread_id, n))), "a letter is empty")
