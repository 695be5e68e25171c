"""Relatives whom the patient lets in, what is told about a patient, questions about the log, and where one works today."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
alter table session add unit_id uuid constraint fk_session_unit_id references unit,
  add constraint ck_session_unit check (unit_id is null or capacity = 'duty');
alter table person add protected boolean not null default false;

create table relative (
  person_id uuid constraint pk_relative primary key constraint fk_relative_person_id references person,
  since timestamptz not null,
  municipality text,
  constraint ck_relative_municipality check (municipality ~ '^[0-9]{4}$')
);

create table relation (
  id uuid constraint pk_relation primary key,
  patient_id uuid not null constraint fk_relation_patient_id references patient,
  relative_id uuid constraint fk_relation_relative_id references relative,
  name_sealed bytea not null,
  items text[] not null,
  until_at timestamptz not null,
  place text not null,
  secret_digest bytea not null,
  tries integer not null,
  offered_at timestamptz not null,
  offer_ends_at timestamptz not null,
  accepted_at timestamptz,
  confirmed_at timestamptz,
  ended_at timestamptz,
  ended_by uuid constraint fk_relation_ended_by references person,
  ended_how text,
  constraint ck_relation_items check (items <> '{}' and items <@ '{contact,bookings}'),
  constraint ck_relation_period check (until_at > offered_at and offer_ends_at > offered_at),
  constraint ck_relation_tries check (tries between 0 and 10),
  constraint ck_relation_accepted check ((accepted_at is null) = (relative_id is null)),
  constraint ck_relation_confirmed check (confirmed_at is null or accepted_at is not null),
  constraint ck_relation_not_oneself check (relative_id <> patient_id),
  constraint ck_relation_ended check ((ended_at is null) = (ended_how is null) and (ended_by is null or ended_at is not null)),
  constraint ck_relation_ended_how check (ended_how in ('taken_back', 'not_them', 'declined', 'left', 'expired', 'care_ended'))
);
create unique index uq_relation_place_open on relation (place) where ended_at is null and accepted_at is null;
create unique index uq_relation_pair_open on relation (patient_id, relative_id) where ended_at is null;
create index ix_relation_patient_id on relation (patient_id, offered_at, id);
create index ix_relation_relative_id on relation (relative_id, id) where ended_at is null;
create index ix_relation_until on relation (until_at) where ended_at is null;

create table consent (
  id uuid constraint pk_consent primary key,
  relation_id uuid not null constraint fk_consent_relation_id references relation,
  item text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  taken_back_at timestamptz,
  constraint ck_consent_item check (item in ('contact', 'bookings')),
  constraint ck_consent_period check (ends_at > starts_at and taken_back_at >= starts_at),
  constraint ex_consent_once_at_a_time exclude using gist
    (relation_id with =, item with =, tstzrange(starts_at, least(ends_at, taken_back_at)) with &&)
);
create index ix_consent_relation_id on consent (relation_id) where taken_back_at is null;

create table told (
  id uuid constraint pk_told primary key,
  unit_id uuid not null constraint fk_told_unit_id references unit,
  name_sealed bytea not null,
  birth_sealed bytea not null,
  text_sealed bytea not null,
  reach_sealed bytea,
  told_at timestamptz not null,
  looked_at timestamptz,
  patient_id uuid constraint fk_told_patient_id references patient,
  sorted_at timestamptz,
  sorted_by uuid constraint fk_told_sorted_by references staff,
  constraint ck_told_sorted check ((patient_id is null) = (sorted_at is null)),
  constraint ck_told_looked check (sorted_at is null or looked_at is not null),
  constraint ck_told_sorted_by check (sorted_by is null or sorted_at is not null)
);
create index ix_told_unlooked on told (told_at, id) where looked_at is null;
create index ix_told_unsorted on told (told_at, id) where patient_id is null;

create table relative_call (
  id uuid constraint pk_relative_call primary key,
  relation_id uuid not null constraint fk_relative_call_relation_id references relation,
  unit_id uuid not null constraint fk_relative_call_unit_id references unit,
  number_sealed bytea not null,
  text_sealed bytea not null,
  asked_at timestamptz not null,
  digest bytea not null
);
create unique index uq_relative_call_digest on relative_call (digest);
create index ix_relative_call_relation_id on relative_call (relation_id, asked_at);

create table log_question (
  id uuid constraint pk_log_question primary key,
  patient_id uuid not null constraint fk_log_question_patient_id references patient,
  unit_id uuid not null constraint fk_log_question_unit_id references unit,
  about_id uuid not null constraint fk_log_question_about_id references person,
  entry_at timestamptz not null,
  entry_id bigint not null,
  text_sealed bytea not null,
  asked_at timestamptz not null,
  answer_sealed bytea,
  answered_at timestamptz,
  answered_by uuid constraint fk_log_question_answered_by references staff,
  constraint ck_log_question_answered check ((answered_at is null) = (answered_by is null) and (answered_at is null) = (answer_sealed is null))
);
create unique index uq_log_question_entry on log_question (patient_id, entry_at, entry_id);
create index ix_log_question_patient_id on log_question (patient_id, asked_at);

alter table wait add about_id uuid constraint fk_wait_about_id references patient;
alter table wait drop constraint ck_wait_kind;
alter table wait add constraint ck_wait_kind check (kind in ('thread', 'contact_request', 'booking_answer', 'told', 'relative_call', 'log_question', 'cover_gap', 'new_contact'));
alter table wait add constraint ck_wait_unseen check (patient_id is null or (kind not in ('told', 'relative_call') and about_id is null));

grant select, insert, update on relative, relation, consent, log_question to narlinjen_app;
grant select, insert, update, delete on told, relative_call to narlinjen_app;
"""

DOWN = """
delete from asked where wait_id in (select id from wait where kind = 'relative_call');
delete from handoff where wait_id in (select id from wait where kind = 'relative_call');
delete from wait where kind = 'relative_call';
alter table wait drop constraint ck_wait_unseen, drop constraint ck_wait_kind, drop about_id;
alter table wait add constraint ck_wait_kind check (kind in ('thread', 'contact_request', 'booking_answer', 'told', 'log_question', 'cover_gap', 'new_contact'));
drop table log_question, relative_call, told, consent, relation, relative;
alter table person drop protected;
alter table session drop unit_id;
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in it is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
