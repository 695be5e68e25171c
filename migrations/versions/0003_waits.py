"""Waits: a question until a person has taken it, its hand-overs, and the notices that are told of it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
create table notice (
  id uuid not null,
  person_id uuid not null,
  kind text not null,
  key text not null,
  object_id uuid,
  language text not null,
  made_at timestamptz not null,
  show_at timestamptz not null,
  seen_at timestamptz,
  constraint pk_notice primary key (id),
  constraint ck_notice_named check (kind <> '' and key <> ''),
  constraint ck_notice_peace check (show_at >= made_at),
  constraint ck_notice_language check (language ~ '^[a-z]{2}$'),
  constraint fk_notice_person_id foreign key (person_id) references person
);
create index ix_notice_made_at on notice (made_at);
create index ix_notice_unseen on notice (person_id, show_at) where seen_at is null;
create unique index uq_notice_person_id_kind_key on notice (person_id, kind, key);

create table wait (
  id uuid not null,
  kind text not null,
  subject_id uuid not null,
  unit_id uuid not null,
  patient_id uuid,
  belongs_to uuid,
  holder_id uuid,
  step smallint not null,
  turn smallint not null,
  only_contact boolean not null,
  opened_at timestamptz not null,
  counts_from timestamptz not null,
  promised_at timestamptz not null,
  rung smallint not null,
  broken smallint not null,
  next_at timestamptz not null,
  care_version integer not null,
  failed_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  ended_how text,
  reason_sealed bytea,
  readable_until timestamptz,
  constraint pk_wait primary key (id),
  constraint ck_wait_kind check (kind in ('thread', 'contact_request', 'booking_answer', 'told', 'log_question', 'cover_gap', 'new_contact')),
  constraint ck_wait_step check (step between 0 and 7),
  constraint ck_wait_one_holder check ((holder_id is null) = (step = 7)),
  constraint ck_wait_promise check (promised_at > counts_from),
  constraint ck_wait_ladder check (rung between 0 and 3 and broken >= 0 and turn > 0),
  constraint ck_wait_only_contact check (not only_contact or holder_id = belongs_to),
  constraint ck_wait_ended check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (ended_how is null)),
  constraint ck_wait_ended_how check (ended_how in ('reply', 'talked', 'no_need', 'solved', 'care_ended', 'done')),
  constraint fk_wait_unit_id foreign key (unit_id) references unit,
  constraint fk_wait_patient_id foreign key (patient_id) references patient,
  constraint fk_wait_belongs_to foreign key (belongs_to) references staff,
  constraint fk_wait_holder_id foreign key (holder_id) references staff,
  constraint fk_wait_ended_by foreign key (ended_by) references person
);
create index ix_wait_belongs_to on wait (belongs_to, promised_at, id) where ended_at is null;
create index ix_wait_due on wait (next_at, id) where ended_at is null;
create index ix_wait_holder on wait (holder_id, promised_at, id) where ended_at is null;
create index ix_wait_subject on wait (subject_id, opened_at);
create index ix_wait_patient_id on wait (patient_id) where ended_at is null;
create index ix_wait_unit on wait (unit_id, care_version) where ended_at is null;
create unique index uq_wait_one_open on wait (kind, subject_id) where ended_at is null;

create table asked (
  wait_id uuid not null,
  person_id uuid not null,
  at timestamptz not null,
  constraint pk_asked primary key (wait_id, person_id),
  constraint fk_asked_wait_id foreign key (wait_id) references wait,
  constraint fk_asked_person_id foreign key (person_id) references staff
);
create index ix_asked_person_id on asked (person_id);

create table handoff (
  wait_id uuid not null,
  turn smallint not null,
  from_id uuid,
  to_id uuid,
  step smallint not null,
  reason text not null,
  words_sealed bytea,
  by_id uuid,
  at timestamptz not null,
  constraint pk_handoff primary key (wait_id, turn),
  constraint ck_handoff_reason check (reason in ('asked', 'absent', 'ended', 'out_of_reach', 'no_right', 'blocked', 'no_channel', 'handed_over', 'taken', 'promise_broken')),
  constraint ck_handoff_turn check (turn > 0),
  constraint fk_handoff_wait_id foreign key (wait_id) references wait,
  constraint fk_handoff_from_id foreign key (from_id) references staff,
  constraint fk_handoff_to_id foreign key (to_id) references staff,
  constraint fk_handoff_by_id foreign key (by_id) references person
);

create index ix_handoff_to_id_at on handoff (to_id, at);

grant select, insert, update, delete on notice, wait, asked to narlinjen_app;
grant select, insert on handoff to narlinjen_app;
"""

# What was not answered before there were waits waits with the one it was written to; the first round of the worker
# decides anew, because no unit has the version 0.
WAITING = """
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
    counts_from, promised_at, rung, broken, next_at, care_version)
  select gen_random_uuid(), 'thread', id, unit_id, patient_id, belongs_to, belongs_to, 1, 1, false, unanswered_since,
    unanswered_since, unanswered_since + interval '3 days', 0, 0, unanswered_since, 0
  from thread where unanswered_since is not null;
"""

UNDO = """
drop table handoff, asked, wait, notice;
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in a function's body is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    for part in (TABLES, WAITING):
        run(part)


def downgrade() -> None:
    run(UNDO)
