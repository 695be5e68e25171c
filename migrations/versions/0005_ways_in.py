"""Ways in: sessions that a person knows again and ends, a lock on what is private, passkeys, codes, and how tries are counted."""

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

create table passkey (
  id uuid constraint pk_passkey primary key,
  person_id uuid not null constraint fk_passkey_person_id references person,
  capacity text not null,
  credential_id bytea not null,
  public_key bytea not null,
  sign_count bigint not null,
  name_sealed bytea not null,
  device text not null,
  made_at timestamptz not null,
  used_at timestamptz,
  ended_at timestamptz,
  constraint ck_passkey_capacity check (capacity in ('duty', 'private')),
  constraint ck_passkey_credential check (length(credential_id) between 1 and 1023),
  constraint ck_passkey_sign_count check (sign_count >= 0)
);
create unique index uq_passkey_credential_id on passkey (credential_id);
create index ix_passkey_person_open on passkey (person_id) where ended_at is null;

create table invitation (
  id uuid constraint pk_invitation primary key,
  person_id uuid not null constraint fk_invitation_person_id references person,
  how text not null,
  place text not null,
  secret_digest bytea not null,
  issued_at timestamptz not null,
  issued_by uuid not null constraint fk_invitation_issued_by references person,
  expires_at timestamptz not null,
  tries integer not null,
  claimed_at timestamptz,
  claim_digest bytea,
  words text,
  confirmed_at timestamptz,
  confirmed_by uuid constraint fk_invitation_confirmed_by references person,
  used_at timestamptz,
  ended_at timestamptz,
  constraint ck_invitation_how check (how in ('in_person', 'letter')),
  constraint ck_invitation_tries check (tries between 0 and 10),
  constraint ck_invitation_not_oneself check (issued_by <> person_id),
  constraint ck_invitation_claimed check ((claimed_at is null) = (claim_digest is null)),
  constraint ck_invitation_words check ((words is not null) = (how = 'letter' and claimed_at is not null)),
  constraint ck_invitation_confirmed check ((confirmed_at is null) = (confirmed_by is null) and (confirmed_at is null or words is not null)),
  constraint ck_invitation_used check (used_at is null or (ended_at is not null and claimed_at is not null and (how = 'in_person' or confirmed_at is not null)))
);
create unique index uq_invitation_person_open on invitation (person_id) where ended_at is null;
create unique index uq_invitation_place_open on invitation (place) where ended_at is null;
create unique index uq_invitation_claim_digest on invitation (claim_digest);
create index ix_invitation_issued_at on invitation (issued_at);
create index ix_invitation_person_issued on invitation (person_id, issued_at);

create table used_challenge (digest bytea constraint pk_used_challenge primary key, at timestamptz not null);
create index ix_used_challenge_at on used_challenge (at);

create table throttle (
  key bytea constraint pk_throttle primary key,
  level double precision not null,
  at timestamptz not null,
  constraint ck_throttle_level check (level > 0)
);
create index ix_throttle_at on throttle (at);

grant select, insert, update, delete on invitation to narlinjen_app;
grant select, insert, update on passkey to narlinjen_app;
grant select, insert, delete on used_challenge to narlinjen_app;
grant select, insert, update, delete on throttle to narlinjen_app;
"""

# A session begun in a way that the schema below does not know cannot be kept by it: its person signs in again.
DOWN = """
drop table throttle, used_challenge, invitation, passkey;
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
