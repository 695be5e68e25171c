"""Times: what a unit offers them for, the booking, its letter, what was answered and offered, reminders, calendars."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
create table location (
  id uuid constraint pk_location primary key,
  unit_id uuid not null constraint fk_location_unit_id references unit,
  name text not null,
  address text not null,
  way text not null,
  weekdays smallint[] not null,
  made_at timestamptz not null,
  ended_at timestamptz,
  constraint ck_location_can_be_found check (name <> '' and address <> ''),
  constraint ck_location_weekdays check (weekdays <> '{}' and weekdays <@ '{0,1,2,3,4,5,6}')
);
create unique index uq_location_name on location (unit_id, name) where ended_at is null;

create table service_type (
  id uuid constraint pk_service_type primary key,
  unit_id uuid not null constraint fk_service_type_unit_id references unit,
  name text not null,
  mode text not null,
  minutes smallint not null,
  location_id uuid constraint fk_service_type_location_id references location,
  bring text not null,
  letter text not null,
  made_at timestamptz not null,
  ended_at timestamptz,
  constraint ck_service_type_name check (name <> ''),
  constraint ck_service_type_mode check (mode in ('visit', 'phone', 'video', 'home')),
  constraint ck_service_type_minutes check (minutes between 5 and 720),
  constraint ck_service_type_location check (location_id is null or mode = 'visit'),
  constraint ck_service_type_letter check (letter like '%Ta gärna med din anhörige eller närstående.')
);
create unique index uq_service_type_name on service_type (unit_id, name) where ended_at is null;

create table service_staff (
  service_type_id uuid not null constraint fk_service_staff_service_type_id references service_type,
  person_id uuid not null constraint fk_service_staff_person_id references staff,
  constraint pk_service_staff primary key (service_type_id, person_id)
);
create index ix_service_staff_person_id on service_staff (person_id);

create table booking (
  id uuid constraint pk_booking primary key,
  unit_id uuid not null constraint fk_booking_unit_id references unit,
  patient_id uuid not null constraint fk_booking_patient_id references patient,
  service_type_id uuid not null constraint fk_booking_service_type_id references service_type,
  location_id uuid constraint fk_booking_location_id references location,
  mode text not null,
  status text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  version integer not null,
  title_sealed bytea not null,
  place_sealed bytea not null,
  bring_sealed bytea,
  link_sealed bytea,
  made_at timestamptz not null,
  made_by uuid not null constraint fk_booking_made_by references person,
  cancelled_at timestamptz,
  cancelled_by uuid constraint fk_booking_cancelled_by references person,
  reminded_version integer not null,
  hit_at timestamptz,
  constraint ck_booking_period check (ends_at > starts_at and ends_at <= starts_at + interval '12 hours'),
  constraint ck_booking_status check (status in ('booked', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error')),
  constraint ck_booking_mode check (mode in ('visit', 'phone', 'video', 'home')),
  constraint ck_booking_link check (link_sealed is null or mode = 'video'),
  constraint ck_booking_version check (version > 0 and reminded_version between 0 and version),
  constraint ck_booking_cancelled check ((status = 'cancelled') = (cancelled_at is not null) and (cancelled_at is null) = (cancelled_by is null))
);
create index ix_booking_hit on booking (unit_id, starts_at) where hit_at is not null;
create index ix_booking_patient_id on booking (patient_id, starts_at, id);
create index ix_booking_starts_at on booking (starts_at) where status = 'booked';
create index ix_booking_reminded on booking (id) where status = 'booked' and reminded_version < version;
create index ix_booking_unit_id on booking (unit_id, starts_at, id);
create unique index uq_booking_when on booking (id, starts_at, ends_at, status);

create table participant (
  booking_id uuid not null,
  person_id uuid not null constraint fk_participant_person_id references person,
  role text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  status text not null,
  constraint pk_participant primary key (booking_id, person_id),
  constraint fk_participant_booking foreign key(booking_id, starts_at, ends_at, status) references booking (id, starts_at, ends_at, status) on update cascade,
  constraint ck_participant_role check (role in ('patient', 'staff')),
  constraint ex_participant_one_place_at_a_time exclude using gist (person_id with =, tstzrange(starts_at, ends_at) with &&) where (status = 'booked')
);
create index ix_participant_person_id on participant (person_id, starts_at, booking_id);
create unique index uq_participant_patient on participant (booking_id) where role = 'patient';

create table booking_change (
  booking_id uuid not null constraint fk_booking_change_booking_id references booking,
  n smallint not null,
  version integer not null,
  at timestamptz not null,
  by_id uuid constraint fk_booking_change_by_id references person,
  what text not null,
  starts_before timestamptz,
  words_sealed bytea,
  constraint pk_booking_change primary key (booking_id, n),
  constraint ck_booking_change_what check (what in ('made', 'moved', 'staff', 'place', 'bring', 'link', 'cancelled', 'answered', 'hit', 'offered', 'restored', 'lapsed')),
  constraint ck_booking_change_n check (n > 0 and version > 0)
);

create table appointment_letter (
  booking_id uuid not null constraint fk_appointment_letter_booking_id references booking,
  version integer not null,
  language text not null,
  words_sealed bytea not null,
  closing text not null,
  made_at timestamptz not null,
  constraint pk_appointment_letter primary key (booking_id, version),
  constraint ck_appointment_letter_closing check (closing in ('Ta gärna med din anhörige eller närstående.')),
  constraint ck_appointment_letter_language check (language ~ '^[a-z]{2}$')
);

create table booking_answer (
  id uuid constraint pk_booking_answer primary key,
  booking_id uuid not null constraint fk_booking_answer_booking_id references booking,
  n smallint not null,
  version integer not null,
  answer text not null,
  words_sealed bytea,
  at timestamptz not null,
  constraint ck_booking_answer_answer check (answer in ('accepted', 'tentative', 'declined')),
  constraint ck_booking_answer_n check (n > 0 and version > 0)
);
create unique index uq_booking_answer_n on booking_answer (booking_id, n);

create table booking_offer (
  id uuid constraint pk_booking_offer primary key,
  booking_id uuid not null constraint fk_booking_offer_booking_id references booking,
  version integer not null,
  starts_at timestamptz,
  ends_at timestamptz,
  staff_id uuid constraint fk_booking_offer_staff_id references staff,
  offered_at timestamptz not null,
  offered_by uuid constraint fk_booking_offer_offered_by references staff,
  answered_at timestamptz,
  accepted boolean,
  withdrawn_at timestamptz,
  constraint ck_booking_offer_period check ((starts_at is null) = (ends_at is null) and ends_at > starts_at),
  constraint ck_booking_offer_something check (starts_at is not null or staff_id is not null),
  constraint ck_booking_offer_answered check ((answered_at is null) = (accepted is null)),
  constraint ck_booking_offer_ended_once check (answered_at is null or withdrawn_at is null)
);
create index ix_booking_offer_open on booking_offer (booking_id, id) where answered_at is null and withdrawn_at is null;

create table booking_guest (
  booking_id uuid not null constraint fk_booking_guest_booking_id references booking,
  relation_id uuid not null constraint fk_booking_guest_relation_id references relation,
  invited_at timestamptz not null,
  taken_back_at timestamptz,
  constraint pk_booking_guest primary key (booking_id, relation_id),
  constraint ck_booking_guest_period check (taken_back_at >= invited_at)
);
create index ix_booking_guest_relation_id on booking_guest (relation_id) where taken_back_at is null;

create table reminder (
  booking_id uuid not null constraint fk_reminder_booking_id references booking,
  person_id uuid not null constraint fk_reminder_person_id references person,
  version integer not null,
  before text not null,
  due_at timestamptz not null,
  told_at timestamptz,
  dropped_at timestamptz,
  constraint pk_reminder primary key (booking_id, person_id, version, before),
  constraint ck_reminder_before check (before in ('7d', '48h', '24h', '2h')),
  constraint ck_reminder_ended_once check (told_at is null or dropped_at is null)
);
create index ix_reminder_due on reminder (due_at, booking_id) where told_at is null and dropped_at is null;
create index ix_reminder_ended on reminder (due_at) where told_at is not null or dropped_at is not null;

create table reminder_choice (
  person_id uuid not null constraint fk_reminder_choice_person_id references person,
  whose text not null,
  mode text not null,
  before text[] not null,
  chosen_at timestamptz not null,
  constraint pk_reminder_choice primary key (person_id, whose, mode),
  constraint ck_reminder_choice_whose check (whose in ('own', 'near')),
  constraint ck_reminder_choice_mode check (mode in ('visit', 'phone', 'video', 'home')),
  constraint ck_reminder_choice_before check (before <@ '{7d,48h,24h,2h}')
);
create index ix_reminder_choice_near on reminder_choice (person_id) where whose = 'near';

create table calendar_feed (
  id uuid constraint pk_calendar_feed primary key,
  person_id uuid not null constraint fk_calendar_feed_person_id references person,
  secret_digest bytea not null,
  made_at timestamptz not null,
  fetched_at timestamptz,
  ended_at timestamptz,
  constraint ck_calendar_feed_period check (ended_at >= made_at)
);
create unique index uq_calendar_feed_person_id on calendar_feed (person_id) where ended_at is null;
create unique index uq_calendar_feed_secret_digest on calendar_feed (secret_digest);

grant select, insert, update on location, service_type, service_staff, booking, participant, booking_change, appointment_letter, booking_answer, booking_offer, booking_guest, reminder, reminder_choice, calendar_feed to narlinjen_app;
grant delete on service_staff, participant, reminder to narlinjen_app;
revoke update on booking_change, appointment_letter from narlinjen_app;
"""

DOWN = """
drop table calendar_feed, reminder_choice, reminder, booking_guest, booking_offer, booking_answer, appointment_letter, booking_change, participant, booking, service_staff, service_type, location;
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in it is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
