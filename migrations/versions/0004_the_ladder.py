"""Every way a wait ends, stays or moves: calls, new promises, reasons, closed threads, and peace off duty by choice."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
alter table wait add call boolean not null default false, add talked_at timestamptz, add number_sealed bytea;
alter table wait alter call drop default;
alter table wait drop constraint ck_wait_ended;
alter table wait drop constraint ck_wait_ended_how;
alter table wait
  add constraint ck_wait_ended check ((ended_at is null) = (ended_how is null) and (ended_by is null or ended_at is not null)),
  add constraint ck_wait_ended_how check (ended_how in ('reply', 'talked', 'no_need', 'solved', 'care_ended', 'done', 'filled')),
  add constraint ck_wait_ended_by_a_person check (ended_at is null or ended_by is not null or ended_how = 'filled'),
  add constraint ck_wait_talked check ((ended_how is not distinct from 'talked') = (talked_at is not null)),
  add constraint ck_wait_why check (ended_how <> 'no_need' or reason_sealed is not null),
  add constraint ck_wait_one_way check (not (call and only_contact));

create index ix_wait_failed on wait (id) where ended_at is null and failed_at is not null;

alter table heartbeat add seconds double precision;

alter table asked add by_id uuid, add words_sealed bytea,
  add constraint fk_asked_by_id foreign key (by_id) references staff,
  add constraint ck_asked_why check ((by_id is null) = (words_sealed is null));

alter table handoff add promised_at timestamptz, add since timestamptz;
alter table handoff drop constraint ck_handoff_reason;
alter table handoff
  add constraint ck_handoff_reason check (reason in ('asked', 'absent', 'ended', 'out_of_reach', 'no_right', 'blocked', 'no_channel', 'handed_over', 'taken', 'promise_broken', 'kept', 'no_answer', 'failed')),
  add constraint ck_handoff_new_promise check ((reason in ('promise_broken', 'kept', 'no_answer')) = (promised_at is not null)),
  add constraint ck_handoff_next_try check (since is null or (reason = 'no_answer' and since < promised_at)),
  add constraint ck_handoff_why check (reason <> 'handed_over' or words_sealed is not null);

alter table message add no_answer boolean not null default false;

alter table thread add closed_at timestamptz, add closed_by uuid,
  add constraint fk_thread_closed_by foreign key (closed_by) references staff,
  add constraint ck_thread_closed check ((closed_at is null) = (closed_by is null));
create index ix_thread_opened on thread (belongs_to, last_at, id) where opened_by = belongs_to and closed_at is null;

alter table notice add withdrawn_at timestamptz, add capacity text;
update notice set capacity = case when kind = 'promise_broken' then 'private' else 'duty' end;
alter table notice alter capacity set not null,
  add constraint ck_notice_capacity check (capacity in ('duty', 'private')),
  add constraint ck_notice_withdrawn_unseen check (seen_at is null or withdrawn_at is null);
drop index ix_notice_unseen;
create index ix_notice_unseen on notice (person_id, show_at) where seen_at is null and withdrawn_at is null;
create index ix_notice_object_id on notice (object_id) where seen_at is null and withdrawn_at is null;
create index ix_wait_belongs_to_ended_at on wait (belongs_to, ended_at) where ended_at is not null;

create table notice_choice (
  person_id uuid not null,
  off_duty boolean not null,
  chosen_at timestamptz not null,
  constraint pk_notice_choice primary key (person_id),
  constraint fk_notice_choice_person_id foreign key (person_id) references person
);
grant select, insert, update, delete on notice_choice to narlinjen_app;

create index ix_wait_age on wait (kind, opened_at) where ended_at is null;
create index ix_wait_unit_due on wait (unit_id, promised_at, id) where ended_at is null;
create index ix_wait_broken on wait (promised_at) where ended_at is null and broken > 0;
create index ix_handoff_broken on handoff (at) where reason = 'promise_broken';
create table looked (
  unit_id uuid not null,
  care_version integer not null,
  looked_on date not null,
  constraint pk_looked primary key (unit_id),
  constraint fk_looked_unit_id foreign key (unit_id) references unit
);
grant select, insert, update, delete on looked to narlinjen_app;
"""

# What only this schema can say becomes the nearest that the one below can.
DOWN = """
drop table looked;
drop index ix_handoff_broken;
drop index ix_wait_broken;
drop index ix_wait_unit_due;
drop index ix_wait_age;
drop table notice_choice;
drop index ix_wait_belongs_to_ended_at;
drop index ix_notice_object_id;
drop index ix_notice_unseen;
alter table notice drop withdrawn_at, drop capacity;
create index ix_notice_unseen on notice (person_id, show_at) where seen_at is null;
alter table message drop no_answer;
drop index ix_thread_opened;
alter table thread drop closed_at, drop closed_by;
alter table handoff drop constraint ck_handoff_why, drop constraint ck_handoff_next_try, drop constraint ck_handoff_new_promise, drop constraint ck_handoff_reason;
update handoff set reason = 'promise_broken' where reason in ('kept', 'no_answer', 'failed');
alter table handoff drop since, drop promised_at,
  add constraint ck_handoff_reason check (reason in ('asked', 'absent', 'ended', 'out_of_reach', 'no_right', 'blocked', 'no_channel', 'handed_over', 'taken', 'promise_broken'));
alter table asked drop by_id, drop words_sealed;
alter table heartbeat drop seconds;
drop index ix_wait_failed;
alter table wait drop constraint ck_wait_one_way, drop constraint ck_wait_why, drop constraint ck_wait_talked,
  drop constraint ck_wait_ended_by_a_person, drop constraint ck_wait_ended_how, drop constraint ck_wait_ended;
update wait set ended_how = 'done', ended_by = coalesce(ended_by, holder_id, belongs_to) where ended_how = 'filled';
alter table wait drop call, drop talked_at, drop number_sealed,
  add constraint ck_wait_ended check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (ended_how is null)),
  add constraint ck_wait_ended_how check (ended_how in ('reply', 'talked', 'no_need', 'solved', 'care_ended', 'done'));
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in a function's body is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
