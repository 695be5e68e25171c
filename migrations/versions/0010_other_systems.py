"""Drop-in, free times and who waits for them, other systems that we read from and that read from us."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UP = """
alter table booking alter made_by drop not null, add kept_in text;
alter table booking drop constraint ck_booking_cancelled;
alter table booking add constraint ck_booking_cancelled check ((status = 'cancelled') = (cancelled_at is not null) and (cancelled_by is null or cancelled_at is not null) and (cancelled_by is not null or cancelled_at is null or kept_in is not null));
alter table booking add constraint ck_booking_maker check (made_by is not null or kept_in is not null);
alter table booking_change drop constraint ck_booking_change_what;
alter table booking_change add constraint ck_booking_change_what check (what in ('made', 'moved', 'staff', 'place', 'bring', 'link', 'cancelled', 'answered', 'hit', 'offered', 'restored', 'lapsed', 'fulfilled', 'noshow', 'entered-in-error', 'reopened'));
create index ix_booking_change_at on booking_change (at, booking_id);

create table drop_in (
  id uuid constraint pk_drop_in primary key,
  unit_id uuid not null constraint fk_drop_in_unit_id references unit,
  location_id uuid not null constraint fk_drop_in_location_id references location,
  municipality text not null,
  name text not null,
  purpose text not null,
  meets text not null,
  weekdays smallint[] not null,
  every_weeks smallint not null,
  opens time not null,
  closes time not null,
  first_on date not null,
  last_on date,
  on_red_days boolean not null,
  relative_welcome boolean not null,
  child_welcome boolean not null,
  made_at timestamptz not null,
  published_at timestamptz,
  ended_at timestamptz,
  constraint ck_drop_in_says_what_it_is check (name <> '' and purpose <> '' and meets <> ''),
  constraint ck_drop_in_municipality check (municipality ~ '^[0-9]{4}$'),
  constraint ck_drop_in_weekdays check (weekdays <> '{}' and weekdays <@ '{0,1,2,3,4,5,6}'),
  constraint ck_drop_in_every_weeks check (every_weeks between 1 and 4),
  constraint ck_drop_in_hours check (opens < closes),
  constraint ck_drop_in_period check (last_on >= first_on)
);
create index ix_drop_in_public on drop_in (unit_id, id) where published_at is not null and ended_at is null;
create unique index uq_drop_in_name on drop_in (unit_id, name) where ended_at is null;

create table drop_in_exception (
  drop_in_id uuid not null constraint fk_drop_in_exception_drop_in_id references drop_in,
  on_date date not null,
  opens time,
  closes time,
  words text not null,
  made_at timestamptz not null,
  made_by uuid constraint fk_drop_in_exception_made_by references person,
  constraint pk_drop_in_exception primary key (drop_in_id, on_date),
  constraint ck_drop_in_exception_hours check ((opens is null) = (closes is null) and opens < closes)
);

create table drop_in_coming (
  id uuid constraint pk_drop_in_coming primary key,
  drop_in_id uuid not null constraint fk_drop_in_coming_drop_in_id references drop_in,
  on_date date not null,
  said_at timestamptz not null
);
create index ix_drop_in_coming_drop_in_id on drop_in_coming (drop_in_id, on_date);

create table drop_in_visit (
  id uuid constraint pk_drop_in_visit primary key,
  drop_in_id uuid not null constraint fk_drop_in_visit_drop_in_id references drop_in,
  on_date date not null,
  came_at timestamptz not null,
  seen_at timestamptz,
  new_here boolean,
  led_to text[] not null,
  noted_by uuid not null constraint fk_drop_in_visit_noted_by references staff,
  taken_back_at timestamptz,
  constraint ck_drop_in_visit_period check (seen_at >= came_at),
  constraint ck_drop_in_visit_led_to check (led_to <@ '{talk,booked,waiting_list,referral,first_line,primary_care,municipality,emergency,left,other}'),
  constraint ck_drop_in_visit_seen check (led_to = '{}' or seen_at is not null)
);
create index ix_drop_in_visit_drop_in_id on drop_in_visit (drop_in_id, on_date, came_at, id);

create table slot (
  id uuid constraint pk_slot primary key,
  unit_id uuid not null constraint fk_slot_unit_id references unit,
  service_type_id uuid not null constraint fk_slot_service_type_id references service_type,
  staff_id uuid not null constraint fk_slot_staff_id references staff,
  location_id uuid constraint fk_slot_location_id references location,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  status text not null,
  for_whom text not null,
  booking_id uuid constraint fk_slot_booking_id references booking,
  freed_at timestamptz,
  published_at timestamptz not null,
  published_by uuid constraint fk_slot_published_by references person,
  constraint ck_slot_period check (ends_at > starts_at and ends_at <= starts_at + interval '12 hours'),
  constraint ck_slot_status check (status in ('free', 'busy-tentative', 'busy', 'busy-unavailable')),
  constraint ck_slot_taken check ((status = 'busy') = (booking_id is not null)),
  constraint ck_slot_for_whom check (for_whom in ('unit', 'waiting')),
  constraint ex_slot_one_at_a_time exclude using gist (staff_id with =, tstzrange(starts_at, ends_at) with &&) where (status <> 'busy-unavailable')
);
create index ix_slot_coming on slot (starts_at, id) where status <> 'busy-unavailable';
create index ix_slot_free on slot (unit_id, service_type_id, starts_at, id) where status = 'free';
create index ix_slot_freed on slot (freed_at, id) where status = 'free' and freed_at is not null;
create index ix_slot_unit_id on slot (unit_id, starts_at, id);
create unique index uq_slot_booking_id on slot (booking_id) where booking_id is not null;

create table queued (
  id uuid constraint pk_queued primary key,
  unit_id uuid not null constraint fk_queued_unit_id references unit,
  service_type_id uuid not null constraint fk_queued_service_type_id references service_type,
  patient_id uuid not null constraint fk_queued_patient_id references patient,
  since timestamptz not null,
  put_by uuid constraint fk_queued_put_by references person,
  parts text[] not null,
  notice_hours smallint not null,
  ended_at timestamptz,
  ended_how text,
  constraint ck_queued_ended check ((ended_at is null) = (ended_how is null) and ended_at >= since),
  constraint ck_queued_ended_how check (ended_how in ('booked', 'left', 'taken_off', 'over')),
  constraint ck_queued_notice check (notice_hours between 1 and 336)
);
create index ix_queued_order on queued (service_type_id, since, id) where ended_at is null;
create index ix_queued_unit_id on queued (unit_id, since, id) where ended_at is null;
create unique index uq_queued_open on queued (patient_id, service_type_id) where ended_at is null;

create table slot_offer (
  id uuid constraint pk_slot_offer primary key,
  slot_id uuid not null constraint fk_slot_offer_slot_id references slot,
  queued_id uuid not null constraint fk_slot_offer_queued_id references queued,
  patient_id uuid not null constraint fk_slot_offer_patient_id references patient,
  offered_at timestamptz not null,
  held_until timestamptz not null,
  ended_at timestamptz,
  ended_how text,
  constraint ck_slot_offer_held check (held_until > offered_at),
  constraint ck_slot_offer_ended check ((ended_at is null) = (ended_how is null) and ended_at >= offered_at),
  constraint ck_slot_offer_ended_how check (ended_how in ('accepted', 'refused', 'lapsed', 'withdrawn'))
);
create index ix_slot_offer_due on slot_offer (held_until, id) where ended_at is null;
create index ix_slot_offer_patient_id on slot_offer (patient_id, offered_at, id);
create unique index uq_slot_offer_once on slot_offer (slot_id, patient_id) where ended_how is distinct from 'withdrawn';
create unique index uq_slot_offer_open on slot_offer (slot_id) where ended_at is null;

create table source (
  id uuid constraint pk_source primary key,
  region_id uuid not null constraint fk_source_region_id references region,
  name text not null,
  base_url text not null,
  way_in text not null,
  token_url text,
  client_id text,
  secret_sealed bytea,
  every_minutes smallint not null,
  read_to timestamptz,
  next_at timestamptz not null,
  leased_until timestamptz,
  failing_since timestamptz,
  made_at timestamptz not null,
  ended_at timestamptz,
  constraint ck_source_address check (name <> '' and base_url ~ '^https?://'),
  constraint ck_source_way_in check (way_in in ('open', 'client', 'certificate')),
  constraint ck_source_client check (way_in <> 'client' or (token_url is not null and client_id is not null and secret_sealed is not null)),
  constraint ck_source_every check (every_minutes between 1 and 1440)
);
create index ix_source_due on source (next_at, id) where ended_at is null;
create unique index uq_source_base_url on source (base_url) where ended_at is null;
create unique index uq_source_name on source (name) where ended_at is null;

create table source_record (
  source_id uuid not null constraint fk_source_record_source_id references source,
  type text not null,
  foreign_id text not null,
  version_id text,
  digest bytea not null,
  own_id uuid,
  read_at timestamptz not null,
  constraint pk_source_record primary key (source_id, type, foreign_id),
  constraint ck_source_record_type check (type in ('Appointment', 'Schedule', 'Slot', 'Patient', 'Practitioner', 'PractitionerRole', 'Location')),
  constraint ck_source_record_foreign_id check (foreign_id <> '')
);
create index ix_source_record_own_id on source_record (own_id) where own_id is not null;

create table quarantined (
  id uuid constraint pk_quarantined primary key,
  source_id uuid not null constraint fk_quarantined_source_id references source,
  type text not null,
  foreign_id text not null,
  version_id text,
  reason text not null,
  path text,
  content_sealed bytea not null,
  at timestamptz not null,
  again_at timestamptz not null,
  solved_at timestamptz,
  constraint ck_quarantined_period check (solved_at >= at)
);
create index ix_quarantined_solved on quarantined (solved_at, id) where solved_at is not null;
create index ix_quarantined_source_id on quarantined (source_id, at, id) where solved_at is null;
create unique index uq_quarantined_open on quarantined (source_id, type, foreign_id) where solved_at is null;

create table import_run (
  id uuid constraint pk_import_run primary key,
  source_id uuid not null constraint fk_import_run_source_id references source,
  began_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  counts json not null,
  pages integer not null,
  constraint ck_import_run_ended check ((ended_at is null) = (outcome is null) and ended_at >= began_at)
);
create index ix_import_run_source_id on import_run (source_id, began_at, id);

create table import_file (
  id uuid constraint pk_import_file primary key,
  kind text not null,
  by_id uuid not null constraint fk_import_file_by_id references person,
  content_sealed bytea not null,
  report_sealed bytea not null,
  at timestamptz not null,
  ends_at timestamptz not null,
  stored_at timestamptz,
  constraint ck_import_file_kind check (kind in ('people', 'assignments', 'contacts', 'bookings')),
  constraint ck_import_file_period check (ends_at > at)
);
create index ix_import_file_ends_at on import_file (ends_at);

create table api_client (
  id uuid constraint pk_api_client primary key,
  region_id uuid not null constraint fk_api_client_region_id references region,
  unit_id uuid constraint fk_api_client_unit_id references unit,
  name text not null,
  scopes text[] not null,
  secret_digest bytea not null,
  made_at timestamptz not null,
  made_by uuid not null constraint fk_api_client_made_by references person,
  used_at timestamptz,
  ended_at timestamptz,
  constraint ck_api_client_name check (name <> ''),
  constraint ck_api_client_scopes check (scopes <> '{}' and scopes <@ '{system/Appointment.rs,system/CareTeam.rs}'),
  constraint ck_api_client_period check (ended_at >= made_at)
);
create unique index uq_api_client_name on api_client (name) where ended_at is null;

create table api_token (
  digest bytea constraint pk_api_token primary key,
  client_id uuid not null constraint fk_api_token_client_id references api_client,
  scopes text[] not null,
  made_at timestamptz not null,
  ends_at timestamptz not null,
  constraint ck_api_token_period check (ends_at > made_at)
);
create index ix_api_token_ends_at on api_token (ends_at);

grant select, insert, update on drop_in, drop_in_exception, drop_in_coming, drop_in_visit, slot, queued, slot_offer, source, source_record, quarantined, import_run, import_file, api_client, api_token to narlinjen_app;
grant delete on drop_in_exception, drop_in_coming, quarantined, import_run, import_file, api_token to narlinjen_app;
"""

DOWN = """
drop table api_token, api_client, import_file, import_run, quarantined, source_record, source, slot_offer, queued, slot, drop_in_visit, drop_in_coming, drop_in_exception, drop_in;

-- The lines of how a time went have no name before this, and the time keeps its status.
delete from booking_change where what in ('fulfilled', 'noshow', 'entered-in-error', 'reopened');
alter table booking_change drop constraint ck_booking_change_what;
alter table booking_change add constraint ck_booking_change_what check (what in ('made', 'moved', 'staff', 'place', 'bring', 'link', 'cancelled', 'answered', 'hit', 'offered', 'restored', 'lapsed'));

-- What another system made is then made, and cancelled, by whom it is for.
update booking set made_by = patient_id where made_by is null;
update booking set cancelled_by = patient_id where cancelled_at is not null and cancelled_by is null;
drop index ix_booking_change_at;
alter table booking drop constraint ck_booking_maker;
alter table booking drop constraint ck_booking_cancelled;
alter table booking add constraint ck_booking_cancelled check ((status = 'cancelled') = (cancelled_at is not null) and (cancelled_at is null) = (cancelled_by is null));
alter table booking alter made_by set not null, drop kept_in;
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in it is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
