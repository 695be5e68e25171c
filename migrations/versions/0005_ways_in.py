"""Ways in: sessions that a person knows again and ends, and a lock on what they have in private."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
alter table session add key uuid not null default gen_random_uuid(), add device text not null default '/';
alter table session alter key drop default, alter device drop default;
create unique index uq_session_key on session (key);
alter table session drop constraint ck_session_way;
alter table session add constraint ck_session_way check (way in ('demo', 'passkey', 'oidc'));

alter table person add locked_at timestamptz, add locked_by uuid,
  add constraint fk_person_locked_by foreign key (locked_by) references person,
  add constraint ck_person_locked check ((locked_at is null) = (locked_by is null));
"""

# A session begun in a way that the schema below does not know cannot be kept by it: its person signs in again.
DOWN = """
alter table person drop locked_at, drop locked_by;
delete from session where way <> 'demo';
alter table session drop constraint ck_session_way, drop key, drop device;
alter table session add constraint ck_session_way check (way in ('demo'));
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in it is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
