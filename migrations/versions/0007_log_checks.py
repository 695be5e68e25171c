"""The administrator's checks of the access log, the months of it that have ended, and a unit's HSA-id."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
alter table unit add hsa_id text, add constraint ck_unit_hsa_id check (hsa_id <> '');
create unique index uq_unit_hsa_id on unit (hsa_id);

create table log_check (
  id uuid constraint pk_log_check primary key,
  region_id uuid not null constraint fk_log_check_region_id references region,
  rule text not null,
  starts_on date not null,
  ends_on date not null,
  seed bigint not null,
  found integer not null,
  made_at timestamptz not null,
  made_by uuid not null constraint fk_log_check_made_by references staff,
  ended_at timestamptz,
  ended_by uuid constraint fk_log_check_ended_by references staff,
  words_sealed bytea,
  constraint ck_log_check_rule check (rule in ('random', 'own_unit', 'surname', 'many', 'colleague')),
  constraint ck_log_check_period check (ends_on >= starts_on),
  constraint ck_log_check_found check (found >= 0),
  constraint ck_log_check_ended check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (words_sealed is null))
);
create index ix_log_check_region_id on log_check (region_id, made_at, id);

create table log_check_row (
  check_id uuid not null constraint fk_log_check_row_check_id references log_check,
  n smallint not null,
  actor_id uuid not null constraint fk_log_check_row_actor_id references person,
  patient_id uuid not null constraint fk_log_check_row_patient_id references person,
  unit_id uuid constraint fk_log_check_row_unit_id references unit,
  day date not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  times integer not null,
  actions text[] not null,
  judged text,
  judged_at timestamptz,
  judged_by uuid constraint fk_log_check_row_judged_by references staff,
  words_sealed bytea,
  opened_at timestamptz,
  opened_by uuid constraint fk_log_check_row_opened_by references staff,
  because_sealed bytea,
  constraint pk_log_check_row primary key (check_id, n),
  constraint ck_log_check_row_times check (times > 0 and last_at >= first_at),
  constraint ck_log_check_row_judged check (judged in ('as_should', 'look_into') and judged_at is not null and judged_by is not null
    or judged is null and judged_at is null and judged_by is null and words_sealed is null),
  constraint ck_log_check_row_words check (judged is distinct from 'look_into' or words_sealed is not null),
  constraint ck_log_check_row_opened check ((opened_at is null) = (opened_by is null) and (opened_at is null) = (because_sealed is null))
);
create unique index uq_log_check_row_once on log_check_row (check_id, actor_id, patient_id, unit_id, day) nulls not distinct;

create table log_month (
  month date constraint pk_log_month primary key,
  rows integer not null,
  first_id bigint not null,
  last_id bigint not null,
  others bigint[] not null,
  sha256 bytea not null,
  at timestamptz not null,
  key_id smallint not null,
  mac bytea not null,
  constraint ck_log_month_month check (extract(day from month) = 1),
  constraint ck_log_month_rows check (rows > 0 and last_id >= first_id),
  constraint ck_log_month_mac check (length(sha256) = 32 and length(mac) = 32)
);

grant select, insert, update on log_check, log_check_row to narlinjen_app;
grant select on log_month to narlinjen_app;
revoke insert, update, delete, truncate on log_month from narlinjen_app;
revoke delete, truncate on log_check, log_check_row from narlinjen_app;
"""

DOWN = """
drop table log_month, log_check_row, log_check;
alter table unit drop hsa_id;
"""


def run(script: str) -> None:
    """Past SQLAlchemy's parameters, so that a percent sign in it is one."""
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
