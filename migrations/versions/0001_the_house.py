"""The house: people, units, contacts, threads, and the sealed access log."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLE = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'narlinjen_app') then create role narlinjen_app nologin; end if;
  if not pg_has_role(current_user, 'narlinjen_app', 'member') then execute format('grant narlinjen_app to %I', current_user); end if;
end $$;
"""

TABLES = """
create extension if not exists btree_gist;

create table installation (
  id smallint constraint pk_installation primary key default 1,
  kind text not null,
  made_at timestamptz not null,
  constraint ck_installation_one check (id = 1),
  constraint ck_installation_kind check (kind in ('demo', 'real'))
);

create table heartbeat (
  name text constraint pk_heartbeat primary key,
  at timestamptz not null
);

create table access_log (
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  at timestamptz not null,
  actor_id uuid,
  capacity text not null,
  action text not null,
  unit_id uuid,
  patient_id uuid,
  object text,
  key_id smallint not null,
  mac bytea not null,
  constraint pk_access_log primary key (xid, id, at),
  constraint ck_access_log_capacity check (capacity in ('duty', 'private', 'system')),
  constraint ck_access_log_actor check ((actor_id is null) = (capacity = 'system')),
  constraint ck_access_log_mac check (length(mac) = 40),
  constraint ck_access_log_object check (object <> '')
) partition by range (at);
create index ix_access_log_patient_id_at on access_log (patient_id, at) where patient_id is not null;
create table access_log_rest partition of access_log default;

create table log_seal (
  n bigint constraint pk_log_seal primary key,
  epoch integer not null,
  cluster bigint not null,
  floor bigint not null,
  lo bigint not null,
  hi bigint not null,
  leaves bytea not null,
  at timestamptz not null,
  key_id smallint not null,
  mac bytea not null,
  constraint ck_log_seal_span check (lo <= hi and lo >= 0),
  constraint ck_log_seal_leaves check (length(leaves) % 16 = 0)
);

create table region (
  id uuid constraint pk_region primary key,
  name text not null,
  county_code text not null constraint uq_region_county_code unique,
  function_phone text not null,
  constraint ck_region_county_code check (county_code ~ '^\\d{2}$'),
  constraint ck_region_function_is_answered check (function_phone <> '')
);

create table person (
  id uuid constraint pk_person primary key,
  name_sealed bytea not null,
  number_sealed bytea,
  number_index bytea constraint uq_person_number_index unique,
  phone_sealed bytea,
  email_sealed bytea,
  language text not null,
  created_at timestamptz not null,
  closed_at timestamptz,
  constraint ck_person_number_has_index check ((number_sealed is null) = (number_index is null)),
  constraint ck_person_language check (language ~ '^[a-z]{2}$')
);

create table patient (
  person_id uuid constraint pk_patient primary key constraint fk_patient_person_id references person,
  since timestamptz not null
);

create table staff (
  person_id uuid constraint pk_staff primary key constraint fk_staff_person_id references person,
  hsa_id text not null constraint uq_staff_hsa_id unique,
  title text not null,
  constraint ck_staff_title check (title <> '')
);

create table region_role (
  region_id uuid not null constraint fk_region_role_region_id references region,
  person_id uuid not null constraint fk_region_role_person_id references staff,
  role text not null,
  constraint pk_region_role primary key (region_id, person_id, role),
  constraint ck_region_role_role check (role in ('function', 'administrator'))
);

create function region_function_stands() returns trigger language plpgsql as $$
declare which uuid;
begin
  if tg_table_name = 'region' then which := new.id; else which := old.region_id; end if;
  if exists (select from region where id = which)
     and (select count(*) from region_role where region_id = which and role = 'function') < 2 then
    raise exception 'the function of a region has at least two people' using errcode = 'check_violation', constraint = 'ck_region_function_two';
  end if;
  return null;
end $$;
create constraint trigger ck_region_function_two after insert on region
  deferrable initially deferred for each row execute function region_function_stands();
create constraint trigger ck_region_role_function_two after delete or update on region_role
  deferrable initially deferred for each row execute function region_function_stands();

create table session (
  id bytea constraint pk_session primary key,
  person_id uuid not null constraint fk_session_person_id references person,
  capacity text not null,
  way text not null,
  started_at timestamptz not null,
  last_seen timestamptz not null,
  ended_at timestamptz,
  constraint ck_session_digest check (length(id) = 32),
  constraint ck_session_capacity check (capacity in ('duty', 'private')),
  constraint ck_session_way check (way in ('demo'))
);
create index ix_session_last_seen on session (last_seen);
create index ix_session_person_open on session (person_id) where ended_at is null;

create table unit (
  id uuid constraint pk_unit primary key,
  region_id uuid not null constraint fk_unit_region_id references region,
  name text not null,
  phone text not null,
  phone_hours text not null,
  care_version integer not null,
  constraint ck_unit_can_be_rung check (name <> '' and phone <> '')
);
create unique index uq_unit_region_id_name on unit (region_id, name);

create table assignment (
  id uuid constraint pk_assignment primary key,
  unit_id uuid not null constraint fk_assignment_unit_id references unit,
  person_id uuid not null constraint fk_assignment_person_id references staff,
  role text not null,
  direct_phone text,
  direct_hours text not null,
  starts_on date not null,
  ends_on date,
  constraint ck_assignment_role check (role in ('licensed', 'care', 'other')),
  constraint ck_assignment_period check (ends_on is null or ends_on >= starts_on),
  constraint ex_assignment_once_at_a_time exclude using gist
    (unit_id with =, person_id with =, daterange(starts_on, ends_on, '[]') with &&)
);
create index ix_assignment_person_id on assignment (person_id);

create table contact (
  id uuid constraint pk_contact primary key,
  patient_id uuid not null constraint fk_contact_patient_id references patient,
  unit_id uuid not null constraint fk_contact_unit_id references unit,
  person_id uuid not null constraint fk_contact_person_id references staff,
  coordinating boolean not null,
  appointed_at timestamptz not null,
  starts_on date not null,
  ends_on date,
  adult_at_start boolean not null,
  constraint ck_contact_adult check (adult_at_start),
  constraint ck_contact_not_oneself check (patient_id <> person_id),
  constraint ck_contact_period check (ends_on is null or ends_on >= starts_on),
  constraint ex_contact_one_coordinates exclude using gist
    (patient_id with =, daterange(starts_on, ends_on, '[]') with &&) where (coordinating),
  constraint ex_contact_once_at_a_time exclude using gist
    (patient_id with =, unit_id with =, person_id with =, daterange(starts_on, ends_on, '[]') with &&)
);
create index ix_contact_person_id on contact (person_id);

create table thread (
  id uuid constraint pk_thread primary key,
  patient_id uuid not null constraint fk_thread_patient_id references patient,
  unit_id uuid not null constraint fk_thread_unit_id references unit,
  belongs_to uuid not null constraint fk_thread_belongs_to references staff,
  topic_sealed bytea not null,
  opened_by uuid not null constraint fk_thread_opened_by references person,
  opened_at timestamptz not null,
  opening bytea not null constraint uq_thread_opening unique,
  last_n integer not null,
  last_at timestamptz not null,
  last_by uuid not null,
  unanswered_n integer,
  unanswered_since timestamptz,
  constraint ck_thread_count check (last_n >= 0),
  constraint ck_thread_unanswered check ((unanswered_n is null) = (unanswered_since is null)),
  constraint ck_thread_not_oneself check (patient_id <> belongs_to)
);
create index ix_thread_patient_id_last_at on thread (patient_id, last_at, id);
create index ix_thread_belongs_to_last_at on thread (belongs_to, last_at, id);
create index ix_thread_unanswered on thread (belongs_to, unanswered_since, id) where unanswered_since is not null;

create table message (
  thread_id uuid not null constraint fk_message_thread_id references thread,
  n integer not null,
  author_id uuid not null constraint fk_message_author_id references person,
  text_sealed bytea not null,
  written_at timestamptz not null,
  digest bytea not null constraint uq_message_digest unique,
  constraint pk_message primary key (thread_id, n),
  constraint ck_message_number check (n > 0)
);

create table read_mark (
  thread_id uuid not null constraint fk_read_mark_thread_id references thread,
  person_id uuid not null constraint fk_read_mark_person_id references person,
  upto integer not null,
  at timestamptz not null,
  constraint pk_read_mark primary key (thread_id, person_id, upto)
);

create table draft (
  person_id uuid not null constraint fk_draft_person_id references person,
  place_id uuid not null,
  text_sealed bytea not null,
  saved_at timestamptz not null,
  constraint pk_draft primary key (person_id, place_id)
);
create index ix_draft_saved_at on draft (saved_at);

create table fault_report (
  id uuid constraint pk_fault_report primary key,
  text_sealed bytea not null,
  page_sealed bytea,
  reply_to_sealed bytea,
  reported_at timestamptz not null
);
create index ix_fault_report_reported_at on fault_report (reported_at);
"""

RIGHTS = """
grant usage on schema public to narlinjen_app;
grant select, insert, update, delete on all tables in schema public to narlinjen_app;
grant usage on all sequences in schema public to narlinjen_app;
revoke update, delete, truncate on access_log, access_log_rest, log_seal, message, read_mark from narlinjen_app;
revoke insert, update, delete on installation, alembic_version from narlinjen_app;

create function access_log_month(month date) returns void language plpgsql security definer set search_path = public as $$
declare
  name text := format('access_log_%s', to_char(month, 'YYYY_MM'));
  begins timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
  ends timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
begin
  -- A month that has begun in the rest stays there: a page must never wait for rows to move.
  if to_regclass(name) is null and not exists (select from access_log_rest where at >= begins and at < ends) then
    execute format('create table %I partition of access_log for values from (%L) to (%L)', name, begins, ends);
    execute format('grant select, insert on %I to narlinjen_app', name);
  end if;
end $$;
revoke all on function access_log_month(date) from public;
grant execute on function access_log_month(date) to narlinjen_app;
"""

UNDO = """
drop table fault_report, draft, read_mark, message, thread, contact, assignment, unit, session, region_role, staff, patient, person, region,
  log_seal, access_log, heartbeat, installation cascade;
drop function access_log_month(date);
drop function region_function_stands();
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in a function's body is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    for part in (ROLE, TABLES, RIGHTS):
        run(part)


def downgrade() -> None:
    run(UNDO)
