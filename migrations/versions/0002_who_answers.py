"""Who answers: hours, patterns, substitutes, absences, closures, the duty roster, and what a patient asks of the head."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = """
alter table staff add physician boolean not null default false;
alter table staff alter physician drop default;
create index ix_session_duty_seen on session (person_id, last_seen) where capacity = 'duty';

alter table contact add wish_sealed bytea, add physician_because_sealed bytea, add care_ended_at timestamptz,
  add constraint ck_contact_care_ended check (care_ended_at is null or ends_on is not null);
create index ix_contact_unit_id on contact (unit_id);

alter table unit add head_id uuid constraint fk_unit_head_id references staff, add promise_minutes integer not null default 960,
  add longest_gap_minutes integer,
  add constraint ck_unit_promise check (promise_minutes between 15 and 4800),
  add constraint ck_unit_longest_gap check (longest_gap_minutes between 15 and 4800);
alter table unit alter promise_minutes drop default;
create index ix_unit_head_id on unit (head_id);
"""

TABLES = """
create table head_substitute (
  unit_id uuid not null,
  n smallint not null,
  person_id uuid not null,
  constraint pk_head_substitute primary key (unit_id, n),
  constraint fk_head_substitute_unit_id foreign key (unit_id) references unit,
  constraint fk_head_substitute_person_id foreign key (person_id) references staff
);
create unique index uq_head_substitute_unit_id_person_id on head_substitute (unit_id, person_id);

create table unit_address (
  unit_id uuid not null,
  kind text not null,
  text text not null,
  constraint pk_unit_address primary key (unit_id, kind),
  constraint ck_unit_address_kind check (kind in ('visiting', 'postal')),
  constraint ck_unit_address_text check (text <> ''),
  constraint fk_unit_address_unit_id foreign key (unit_id) references unit
);

create table unit_phone (
  unit_id uuid not null,
  n smallint not null,
  label text not null,
  phone text not null,
  hours text not null,
  constraint pk_unit_phone primary key (unit_id, n),
  constraint ck_unit_phone_can_be_rung check (label <> '' and phone <> ''),
  constraint fk_unit_phone_unit_id foreign key (unit_id) references unit
);

create table office_hours (
  unit_id uuid not null,
  weekday smallint not null,
  opens smallint not null,
  closes smallint not null,
  constraint pk_office_hours primary key (unit_id, weekday, opens),
  constraint ck_office_hours_weekday check (weekday between 0 and 6),
  constraint ck_office_hours_span check (0 <= opens and opens < closes and closes <= 1440),
  constraint ex_office_hours_one_at_a_time exclude using gist (unit_id with =, weekday with =, int4range(opens, closes) with &&),
  constraint fk_office_hours_unit_id foreign key (unit_id) references unit
);

create table contact_request (
  id uuid not null,
  patient_id uuid not null,
  unit_id uuid not null,
  kind text not null,
  words_sealed bytea not null,
  made_at timestamptz not null,
  answered_at timestamptz,
  answered_by uuid,
  answer_sealed bytea,
  withdrawn_at timestamptz,
  about_id uuid,
  constraint pk_contact_request primary key (id),
  constraint ck_contact_request_about check ((kind = 'change') = (about_id is not null)),
  constraint ck_contact_request_kind check (kind in ('new', 'change')),
  constraint ck_contact_request_answered check ((answered_at is null) = (answered_by is null) and (answered_at is null) = (answer_sealed is null)),
  constraint ck_contact_request_ended_once check (answered_at is null or withdrawn_at is null),
  constraint fk_contact_request_patient_id foreign key (patient_id) references patient,
  constraint fk_contact_request_unit_id foreign key (unit_id) references unit,
  constraint fk_contact_request_answered_by foreign key (answered_by) references staff,
  constraint fk_contact_request_about_id foreign key (about_id) references staff
);
create index ix_contact_request_patient_id_made_at on contact_request (patient_id, made_at);
create index ix_contact_request_waiting on contact_request (unit_id, made_at) where answered_at is null and withdrawn_at is null;
create unique index uq_contact_request_one_open on contact_request (patient_id, unit_id) where answered_at is null and withdrawn_at is null;

create table block (
  id uuid not null,
  patient_id uuid not null,
  person_id uuid not null,
  since timestamptz not null,
  ended_at timestamptz,
  constraint pk_block primary key (id),
  constraint ck_block_not_oneself check (patient_id <> person_id),
  constraint ck_block_period check (ended_at >= since),
  constraint fk_block_patient_id foreign key (patient_id) references patient,
  constraint fk_block_person_id foreign key (person_id) references staff
);
create unique index uq_block_one_open on block (patient_id, person_id) where ended_at is null;

create table pattern (
  id uuid not null,
  assignment_id uuid not null,
  starts_on date not null,
  ends_on date,
  anchor date not null,
  weeks smallint not null,
  constraint pk_pattern primary key (id),
  constraint ck_pattern_weeks check (weeks between 1 and 10),
  constraint ck_pattern_anchor check (extract(isodow from anchor) = 1),
  constraint ck_pattern_period check (ends_on is null or ends_on >= starts_on),
  constraint ex_pattern_one_at_a_time exclude using gist (assignment_id with =, daterange(starts_on, ends_on, '[]') with &&),
  constraint fk_pattern_assignment_id foreign key (assignment_id) references assignment
);

create table pattern_hours (
  pattern_id uuid not null,
  week smallint not null,
  weekday smallint not null,
  opens smallint not null,
  closes smallint not null,
  constraint pk_pattern_hours primary key (pattern_id, week, weekday, opens),
  constraint ck_pattern_hours_week check (week between 0 and 9),
  constraint ck_pattern_hours_weekday check (weekday between 0 and 6),
  constraint ck_pattern_hours_span check (0 <= opens and opens < closes and closes <= 1440),
  constraint ex_pattern_hours_one_at_a_time exclude using gist (pattern_id with =, week with =, weekday with =, int4range(opens, closes) with &&),
  constraint fk_pattern_hours_pattern_id foreign key (pattern_id) references pattern
);

create table standing_substitute (
  assignment_id uuid not null,
  n smallint not null,
  person_id uuid not null,
  constraint pk_standing_substitute primary key (assignment_id, n),
  constraint fk_standing_substitute_assignment_id foreign key (assignment_id) references assignment,
  constraint fk_standing_substitute_person_id foreign key (person_id) references staff
);
create unique index uq_standing_substitute_assignment_id_person_id on standing_substitute (assignment_id, person_id);

create table absence (
  id uuid not null,
  person_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  registered_at timestamptz not null,
  registered_by uuid not null,
  cancelled_at timestamptz,
  constraint pk_absence primary key (id),
  constraint ck_absence_period check (ends_at is null or ends_at > starts_at),
  constraint fk_absence_person_id foreign key (person_id) references staff,
  constraint fk_absence_registered_by foreign key (registered_by) references person
);
create index ix_absence_person_id_starts_at on absence (person_id, starts_at) where cancelled_at is null;

create table absence_substitute (
  absence_id uuid not null,
  n smallint not null,
  person_id uuid not null,
  asked_at timestamptz not null,
  seen_at timestamptz,
  declined_at timestamptz,
  constraint pk_absence_substitute primary key (absence_id, n),
  constraint fk_absence_substitute_absence_id foreign key (absence_id) references absence,
  constraint fk_absence_substitute_person_id foreign key (person_id) references staff
);
create index ix_absence_substitute_person_id on absence_substitute (person_id);
create unique index uq_absence_substitute_absence_id_person_id on absence_substitute (absence_id, person_id);

create table closure (
  id uuid not null,
  unit_id uuid not null,
  starts_on date not null,
  ends_on date not null,
  name text not null,
  cover_unit_id uuid,
  cover_function boolean not null,
  constraint pk_closure primary key (id),
  constraint ck_closure_period check (ends_on >= starts_on),
  constraint ck_closure_covered_by_another check (cover_unit_id <> unit_id),
  constraint ck_closure_one_cover check (cover_unit_id is null or not cover_function),
  constraint ex_closure_one_at_a_time exclude using gist (unit_id with =, daterange(starts_on, ends_on, '[]') with &&),
  constraint fk_closure_unit_id foreign key (unit_id) references unit,
  constraint fk_closure_cover_unit_id foreign key (cover_unit_id) references unit
);
create index ix_closure_cover_unit_id on closure (cover_unit_id) where cover_unit_id is not null;

create table duty_shift (
  id uuid not null,
  unit_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  constraint pk_duty_shift primary key (id),
  constraint ck_duty_shift_period check (ends_at > starts_at),
  constraint ex_duty_shift_one_at_a_time exclude using gist (unit_id with =, tstzrange(starts_at, ends_at) with &&),
  constraint fk_duty_shift_unit_id foreign key (unit_id) references unit
);

create table duty_person (
  shift_id uuid not null,
  n smallint not null,
  person_id uuid not null,
  constraint pk_duty_person primary key (shift_id, n),
  constraint fk_duty_person_shift_id foreign key (shift_id) references duty_shift on delete cascade,
  constraint fk_duty_person_person_id foreign key (person_id) references staff
);
create index ix_duty_person_person_id on duty_person (person_id);
create unique index uq_duty_person_shift_id_person_id on duty_person (shift_id, person_id);

create table function_hours (
  region_id uuid not null,
  weekday smallint not null,
  opens smallint not null,
  closes smallint not null,
  constraint pk_function_hours primary key (region_id, weekday, opens),
  constraint ck_function_hours_weekday check (weekday between 0 and 6),
  constraint ck_function_hours_span check (0 <= opens and opens < closes and closes <= 1440),
  constraint ex_function_hours_one_at_a_time exclude using gist (region_id with =, weekday with =, int4range(opens, closes) with &&),
  constraint fk_function_hours_region_id foreign key (region_id) references region
);
"""

# A unit that was opened before had no head: until somebody says who, it is somebody of the region's function.
HEADS = """
update unit set head_id = (
  select person_id from region_role where region_id = unit.region_id and role = 'function' order by person_id limit 1);
insert into head_substitute (unit_id, n, person_id)
  select unit.id, row_number() over (partition by unit.id order by role.person_id), role.person_id
  from unit join region_role role on role.region_id = unit.region_id and role.role = 'function' and role.person_id <> unit.head_id;
alter table unit alter head_id set not null;
insert into office_hours (unit_id, weekday, opens, closes) select unit.id, day, 480, 990 from unit, generate_series(0, 4) day;
insert into function_hours (region_id, weekday, opens, closes) select region.id, day, 480, 990 from region, generate_series(0, 4) day;
insert into pattern (id, assignment_id, starts_on, anchor, weeks)
  select gen_random_uuid(), id, starts_on, date_trunc('week', starts_on)::date, 1 from assignment;
insert into pattern_hours (pattern_id, week, weekday, opens, closes)
  select pattern.id, 0, day, 480, 990 from pattern, generate_series(0, 4) day;

create function head_is_substituted() returns trigger language plpgsql as $$
declare which uuid;
begin
  if tg_table_name = 'unit' then which := new.id; else which := old.unit_id; end if;
  if exists (select from unit where id = which) and not exists (
      select from head_substitute s join unit u on u.id = s.unit_id where u.id = which and s.person_id <> u.head_id) then
    raise exception 'the head of a unit has a substitute' using errcode = 'check_violation', constraint = 'ck_unit_head_substituted';
  end if;
  return null;
end $$;
create constraint trigger ck_unit_head_substituted after insert or update of head_id on unit
  deferrable initially deferred for each row execute function head_is_substituted();
create constraint trigger ck_head_substitute_stands after delete or update on head_substitute
  deferrable initially deferred for each row execute function head_is_substituted();

grant select, insert, update, delete on head_substitute, unit_address, unit_phone, office_hours, contact_request, block, pattern,
  pattern_hours, standing_substitute, absence, absence_substitute, closure, duty_shift, duty_person, function_hours to narlinjen_app;
"""

UNDO = """
drop table function_hours, duty_person, duty_shift, closure, absence_substitute, absence, standing_substitute, pattern_hours, pattern,
  block, contact_request, office_hours, unit_phone, unit_address, head_substitute cascade;
drop trigger ck_unit_head_substituted on unit;
drop function head_is_substituted();
alter table unit drop head_id, drop promise_minutes, drop longest_gap_minutes;
drop index ix_contact_unit_id;
alter table contact drop wish_sealed, drop physician_because_sealed, drop care_ended_at;
drop index ix_session_duty_seen;
alter table staff drop physician;
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in a function's body is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    for part in (COLUMNS, TABLES, HEADS):
        run(part)


def downgrade() -> None:
    run(UNDO)
