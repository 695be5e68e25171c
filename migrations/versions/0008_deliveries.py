"""Channels out of the app: subscriptions, contact points, deliveries, and what people chose about them."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UP = """
alter table notice add next_at timestamptz;
create index ix_notice_next_at on notice (next_at)
  where seen_at is null and withdrawn_at is null and next_at is not null;

alter table notice_choice
  add capacity text, add fuller boolean, add quiet_from time, add quiet_until time,
  add app_only boolean not null default false,
  add constraint ck_notice_choice_capacity check (capacity in ('duty', 'private')),
  add constraint ck_notice_choice_off_duty check (not off_duty or capacity = 'duty'),
  add constraint ck_notice_choice_fuller check (not fuller or capacity = 'private'),
  add constraint ck_notice_choice_quiet check ((quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until);
update notice_choice set capacity = 'duty', fuller = false;
alter table notice_choice alter capacity set not null, alter fuller set not null,
  drop constraint pk_notice_choice, add constraint pk_notice_choice primary key (person_id, capacity);

create index ix_session_ended_at on session (ended_at) where ended_at is not null;

create table channel_off (
  person_id uuid not null constraint fk_channel_off_person_id references person,
  capacity text not null,
  about text not null,
  channel text not null,
  constraint pk_channel_off primary key (person_id, capacity, about, channel),
  constraint ck_channel_off_capacity check (capacity in ('duty', 'private')),
  constraint ck_channel_off_about check (about <> ''),
  constraint ck_channel_off_channel check (channel in ('push', 'email', 'sms'))
);

create table contact_point (
  id uuid constraint pk_contact_point primary key,
  person_id uuid not null constraint fk_contact_point_person_id references person,
  capacity text not null,
  system text not null,
  value_sealed bytea not null,
  code_digest bytea,
  tries integer not null,
  asked_at timestamptz not null,
  sent_at timestamptz,
  confirmed_at timestamptz,
  failing_since timestamptz,
  ended_at timestamptz,
  constraint ck_contact_point_capacity check (capacity in ('duty', 'private')),
  constraint ck_contact_point_system check (system in ('email', 'sms')),
  constraint ck_contact_point_tries check (tries between 0 and 10),
  constraint ck_contact_point_code check ((code_digest is null) = (confirmed_at is not null))
);
create unique index uq_contact_point_open on contact_point (person_id, capacity, system, (confirmed_at is null))
  where ended_at is null;

create table subscription (
  id uuid constraint pk_subscription primary key,
  person_id uuid not null constraint fk_subscription_person_id references person,
  capacity text not null,
  session_id bytea constraint fk_subscription_session_id references session on delete set null,
  endpoint_digest bytea not null,
  host text not null,
  address_sealed bytea not null,
  vapid integer not null,
  language text not null,
  device text not null,
  made_at timestamptz not null,
  renewed_at timestamptz not null,
  shown_at timestamptz,
  failing_since timestamptz,
  ended_at timestamptz,
  ended_how text,
  constraint ck_subscription_capacity check (capacity in ('duty', 'private')),
  constraint ck_subscription_language check (language ~ '^[a-z]{2}$'),
  constraint ck_subscription_ended check ((ended_at is null) = (ended_how is null)),
  constraint ck_subscription_ended_how check (ended_how in ('turned_off', 'signed_out', 'locked', 'taken_over', 'replaced', 'gone', 'failing'))
);
create unique index uq_subscription_endpoint_open on subscription (endpoint_digest) where ended_at is null;
create index ix_subscription_endpoint_digest on subscription (endpoint_digest);
create index ix_subscription_person_open on subscription (person_id, capacity) where ended_at is null;
create index ix_subscription_session_id on subscription (session_id) where ended_at is null;
create index ix_subscription_ended_at on subscription (ended_at);

create table delivery (
  id uuid constraint pk_delivery primary key,
  notice_id uuid constraint fk_delivery_notice_id references notice on delete cascade,
  person_id uuid not null constraint fk_delivery_person_id references person,
  capacity text not null,
  channel text not null,
  subscription_id uuid constraint fk_delivery_subscription_id references subscription,
  contact_point_id uuid constraint fk_delivery_contact_point_id references contact_point,
  topic text not null,
  receipt_digest bytea,
  made_at timestamptz not null,
  due_at timestamptz not null,
  lease_until timestamptz,
  tries integer not null,
  accepted_at timestamptz,
  shown_at timestamptz,
  opened_at timestamptz,
  ended_at timestamptz,
  ended_how text,
  status text not null generated always as (
    case when opened_at is not null then 'opened' when shown_at is not null then 'shown'
         when ended_at is not null then 'ended' when accepted_at is not null then 'accepted' else 'waiting' end) stored,
  constraint ck_delivery_capacity check (capacity in ('duty', 'private')),
  constraint ck_delivery_channel check (channel in ('push', 'email', 'sms')),
  constraint ck_delivery_where_to check ((channel = 'push') = (subscription_id is not null)
    and (channel <> 'push') = (contact_point_id is not null) and (channel = 'push') = (receipt_digest is not null)),
  constraint ck_delivery_tries check (tries >= 0),
  constraint ck_delivery_shown check (shown_at is null or accepted_at is not null),
  constraint ck_delivery_opened check (opened_at is null or shown_at is not null),
  constraint ck_delivery_ended check ((ended_at is null) = (ended_how is null) and (ended_at is null or accepted_at is null)),
  constraint ck_delivery_ended_how check (ended_how in ('not_needed', 'gone', 'refused', 'too_late'))
) with (fillfactor = 70);
create unique index uq_delivery_receipt_digest on delivery (receipt_digest);
create index ix_delivery_due on delivery (channel, due_at, id) where accepted_at is null and ended_at is null;
create unique index uq_delivery_notice_place on delivery (notice_id, subscription_id, contact_point_id)
  nulls not distinct where notice_id is not null;
create index ix_delivery_subscription_id on delivery (subscription_id, topic) where subscription_id is not null;
create index ix_delivery_told on delivery (person_id, capacity, made_at) where channel <> 'push';
create index ix_delivery_trial on delivery (made_at) where notice_id is null;

create table push_host (
  host text constraint pk_push_host primary key,
  since timestamptz not null,
  paused_until timestamptz not null,
  why text not null,
  constraint ck_push_host_why check (why in ('asked', 'key')),
  constraint ck_push_host_pause check (paused_until >= since)
);

grant select, insert, update, delete on channel_off, contact_point, subscription, delivery, push_host to narlinjen_app;
"""

DOWN = """
drop table push_host, delivery, subscription, contact_point, channel_off;
delete from notice_choice where capacity = 'private';
alter table notice_choice drop constraint pk_notice_choice, add constraint pk_notice_choice primary key (person_id),
  drop constraint ck_notice_choice_capacity, drop constraint ck_notice_choice_off_duty,
  drop constraint ck_notice_choice_fuller, drop constraint ck_notice_choice_quiet,
  drop capacity, drop fuller, drop quiet_from, drop quiet_until, drop app_only;
drop index ix_session_ended_at;
drop index ix_notice_next_at;
alter table notice drop next_at;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
