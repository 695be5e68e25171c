"""Notices on their way out of the app: what is handed over, and what came of it.

A delivery is a row that is written before anything is sent, leased while it is sent, and sent anew, with the same proof
of having been shown, where nobody says what came of it. Locks: notice before delivery, delivery before subscription.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import TextClause, text

from app.core import audit, crypto, db, live
from app.core.audit import Actor, Entry
from app.core.db import run
from app.core.errors import NotFound
from app.core.pulse import Signal
from app.core.recurrence import quiet_until
from app.notices import delivery_queries, rules
from app.notices import delivery_rules as chain
from app.notices.delivery_rules import DEVICE, LEASE, TRIAL, Claimed, Standing, Verdict
from app.notices.outcome_rules import Answer, Outcome, outcome
from app.notices.receipt_service import proof, receipt, said, token, topic
from app.notices.rules import CHANNELS, DUTY, KINDS
from app.notices.way_service import Resting, free_from, plan, quiet

__all__ = ["Claimed", "claim", "forget_old_trials", "plan", "receipt", "record", "try_out"]
BATCH = 200
FAILING = timedelta(days=30)
MOST_LOOKS = 20
TRIAL_KEPT = timedelta(days=7)
TRIAL_AGAIN = timedelta(seconds=30)
log = structlog.get_logger()

SIGNALS = (
    Signal(
        "sender_refused",
        "A push service, or the server for e-mail or SMS, does not take who we say we are, so nothing is sent there:"
        " look at VAPID_PRIVATE_KEY, VAPID_SUBJECT and the clock, or at SMTP_URL, MAIL_FROM or SMS_TOKEN.",
        "exists (select from push_host where why = 'key' and paused_until > :now)",
    ),
    Signal(
        "delivery_overdue",
        "What was to leave the app is over two minutes late: look in the worker's log for sender.",
        "exists (select from delivery where channel in ('push', 'email', 'sms') and accepted_at is null"
        " and ended_at is null and due_at < cast(:now as timestamptz) - interval '2 min')"
        " or exists (select from notice where seen_at is null and withdrawn_at is null"
        " and next_at < cast(:now as timestamptz) - interval '2 min')",
    ),
    Signal(
        "sender_silent",
        "Nothing has left the app for a minute, since its sender has stopped: start the worker anew.",
        "exists (select from heartbeat where name = 'sender' and at < cast(:now as timestamptz) - interval '60 s')",
    ),
)


@cache
def _claim(room: int) -> TextClause:
    return text(
        f"""
        with due as materialized (
          select * from delivery
          where channel = :channel and accepted_at is null and ended_at is null and due_at <= :now
            and (lease_until is null or lease_until <= :now)
          order by due_at, id limit {room:d} for no key update skip locked)
        update delivery d set lease_until = :until, tries = d.tries + 1
        from due
          join person p on p.id = due.person_id
          left join notice n on n.id = due.notice_id
          left join notice_choice c on c.person_id = due.person_id and c.capacity = due.capacity
          left join subscription s on s.id = due.subscription_id
          left join session e on e.id = s.session_id
          left join push_host h on h.host = coalesce(s.host, due.channel) and h.paused_until > :now
          left join contact_point a on a.id = due.contact_point_id
        where d.id = due.id
        returning d.id, d.notice_id, d.person_id, d.capacity, d.channel, d.topic, d.tries, d.made_at,
          coalesce(n.kind, '{TRIAL}') as kind, coalesce(s.language, n.language) as language,
          n.id is null or (n.seen_at is null and n.withdrawn_at is null and not exists (
            select from delivery o where o.notice_id = n.id and o.shown_at is not null)) as wanted,
          p.closed_at is null and (d.capacity = 'duty' or p.locked_at is null) and case when d.channel = 'push'
            then s.ended_at is null and e.ended_at is null
            else a.ended_at is null and a.confirmed_at is not null end as way_open,
          (select json_agg(about) from channel_off o where o.person_id = d.person_id and o.capacity = d.capacity
            and o.channel = d.channel) as off,
          d.capacity = 'duty' and {delivery_queries.away("d.person_id")} as away,
          c.person_id is not null as has_chosen, c.quiet_from, c.quiet_until, coalesce(c.fuller, false) as fuller,
          s.id as subscription_id, s.host, s.vapid, s.address_sealed, h.paused_until,
          a.id as contact_point_id, a.value_sealed, coalesce(s.failing_since, a.failing_since) is not null as failing
        """  # nosec B608  # our own words alone
    )


# Rows that are known by their keys are found by these: with what an index of few rows says written otherwise, that one
# is never read instead while nobody has counted how many there are.
# What is not to be sent now. Ended, its notice looks for another way at once.
_LEFT = text(
    """
    with r as (select * from json_to_recordset(cast(:rows as json)) as r (id uuid, how text, at timestamptz,
      anew boolean)),
    done as (
      update delivery d set lease_until = null, tries = greatest(0, d.tries - 1), due_at = coalesce(r.at, d.due_at),
        made_at = case when r.anew then r.at else d.made_at end,
        ended_at = case when r.how is not null then cast(:now as timestamptz) end, ended_how = r.how
      from r where d.id = r.id returning d.notice_id, r.how)
    update notice n set next_at = :now from done
    where n.id = done.notice_id and done.how is not null and coalesce(n.seen_at, n.withdrawn_at) is null
    """
)


def claim(
    *,
    by: Actor,
    now: datetime,
    batch: int = BATCH,
    channels: Collection[str] = CHANNELS,
    resting: Resting | None = None,
) -> list[Claimed]:
    """Lease deliveries whose time has come, as many as `batch` of each channel, and look at each once more: what is no
    longer to be told is ended, and what may not be told now waits. Gives back the messages to be sent."""
    sent: list[Claimed] = []
    for _ in range(MOST_LOOKS):
        rows = [row for channel in channels for row in _leased(channel, batch, now)]
        sent += _looked_at(rows, resting, now)
        # Where all of them were out of date, there may be more behind them.
        if sent or not rows:
            break
    return _bundled(sent)


def _leased(channel: str, batch: int, now: datetime) -> list[Any]:
    return list(run(_claim(batch), {"channel": channel, "now": now, "until": now + LEASE}))


def _looked_at(rows: list[Any], resting: Resting | None, now: datetime) -> list[Claimed]:
    """Those of some that are to be sent; what is to become of the others is written."""
    free = free_from(rows, resting, now)
    badges = delivery_queries.unseen_of(audit.SYSTEM, {row.person_id for row in rows}, now=now)
    sent: list[Claimed] = []
    left: list[dict[str, Any]] = []
    for row in rows:
        verdict = chain.verdict(_standing(row, free.get(row.person_id), now), now)
        if verdict.sends:
            try:
                sent.append(_claimed(row, badges.get((row.person_id, row.capacity), 0), now))
                continue
            except crypto.Unopenable as error:
                log.error("sender.unopenable", kind=type(error).__name__, name=db.short(row.id))
                verdict = Verdict("refused")
        left.append({"id": row.id, "how": verdict.ended_how, "at": verdict.at, "anew": verdict.anew})
    if left:
        run(_LEFT, {"rows": json.dumps(left, default=str), "now": now})
    return sent


def _standing(row: Any, free: datetime | None, now: datetime) -> Standing:
    if row.kind == TRIAL:
        return Standing(TRIAL, row.made_at, way_open=row.way_open, paused=row.paused_until)
    wanted = row.wanted and KINDS[row.kind].about not in (row.off or ())
    away = now + chain.LOOK_AGAIN if row.away else None
    rest = chain.off_at(free if row.capacity == DUTY else None, now)
    peace = max((it for it in (away, rest, quiet_until(quiet(row), now)) if it), default=None)
    return Standing(row.kind, row.made_at, wanted, row.way_open, peace, row.paused_until)


def _claimed(row: Any, badge: int, now: datetime) -> Claimed:
    device = row.channel == DEVICE
    place, sealed = (
        (crypto.place("subscription.address", row.subscription_id), row.address_sealed)
        if device
        else (crypto.place("contact_point.value", row.contact_point_id), row.value_sealed)
    )
    trial = row.kind == TRIAL
    return Claimed(
        keys=(row.id,),
        channel=row.channel,
        to=crypto.keyring().open(sealed, place),
        host=row.host or row.channel,
        vapid=row.vapid or 0,
        language=row.language,
        about=TRIAL if trial else KINDS[row.kind].about,
        fuller=row.fuller,
        badge=badge,
        topic=row.topic,
        urgency=chain.urgency(row.kind),
        ttl=chain.left_to_live(row.kind, row.made_at, now),
        receipt=said(token(row.id)) if device else "",
        tries=row.tries,
        failing=row.failing,
    )


def _bundled(sent: Iterable[Claimed]) -> list[Claimed]:
    """One e-mail and one text message a person, however much there is to tell."""
    found: dict[tuple[str, str], Claimed] = {}
    for it in sent:
        place = (it.channel, str(it.key) if it.channel == DEVICE else it.to)
        if (one := found.get(place)) is None:
            found[place] = it
            continue
        about = one.about if one.about == it.about else ""
        tries, failing = max(one.tries, it.tries), one.failing or it.failing
        found[place] = replace(one, keys=(*one.keys, *it.keys), about=about, tries=tries, failing=failing)
    return list(found.values())


_RECORD = text(
    """
    with r as (select * from json_to_recordset(cast(:rows as json)) as r (id uuid, what text, at timestamptz)),
    held as materialized (
      select d.id, r.what, r.at from delivery d join r on r.id = d.id
      where coalesce(d.accepted_at, d.ended_at) is null order by d.id for no key update of d),
    done as (
      update delivery d set lease_until = null,
        accepted_at = case when held.what = 'accepted' then cast(:now as timestamptz) end,
        due_at = coalesce(held.at, d.due_at),
        ended_at = case when held.what in ('gone', 'refused') then cast(:now as timestamptz) end,
        ended_how = case when held.what in ('gone', 'refused') then held.what end
      from held where d.id = held.id returning d.notice_id, held.what)
    update notice n set next_at = :now from done
    where n.id = done.notice_id and done.what in ('gone', 'refused') and coalesce(n.seen_at, n.withdrawn_at) is null
    """
)
_FARED = text(
    """
    with r as (select d.subscription_id, d.contact_point_id, bool_or(r.what = 'gone') as gone,
        bool_or(r.what = 'accepted') as well
      from json_to_recordset(cast(:rows as json)) as r (id uuid, what text) join delivery d on d.id = r.id
      group by 1, 2),
    places as (
      update contact_point a set failing_since = case when not r.well then coalesce(a.failing_since, :now) end,
        ended_at = case when not r.well and a.failing_since < cast(:now as timestamptz) - cast(:failing as interval)
          then cast(:now as timestamptz) end
      from r where a.id = r.contact_point_id and a.ended_at is null returning a.id)
    update subscription s set failing_since = case when not r.well then coalesce(s.failing_since, :now) end,
      ended_at = case when r.gone or (not r.well and s.failing_since < cast(:now as timestamptz)
        - cast(:failing as interval)) then cast(:now as timestamptz) end,
      ended_how = case when r.gone then 'gone' when not r.well and s.failing_since < cast(:now as timestamptz)
        - cast(:failing as interval) then 'failing' end
    from r where s.id = r.subscription_id and s.ended_at is null
    returning s.id, s.person_id, s.capacity, s.ended_how
    """
)
_PAUSE = text(
    """
    insert into push_host (host, since, paused_until, why)
    select host, :now, paused_until, why from json_to_recordset(cast(:rows as json))
      as r (host text, paused_until timestamptz, why text)
    on conflict (host) do update set since = excluded.since, why = excluded.why,
      paused_until = greatest(push_host.paused_until, excluded.paused_until)
    """
)


def record(results: Iterable[tuple[Claimed, Answer]], *, by: Actor, now: datetime) -> None:
    """Note what came of each message. What a device has reported meanwhile stands, and to note it twice is once."""
    fates = [(it, outcome(answer, tries=it.tries, now=now)) for it, answer in results]
    rows = [{"id": key, "what": fate.what, "at": fate.at} for it, fate in fates for key in it.keys]
    if not rows:
        return
    run(_RECORD, {"rows": json.dumps(rows, default=str), "now": now})
    telling = [{"id": it.key, "what": fate.what} for it, fate in fates if _tells(it, fate)]
    if telling:
        fared = run(_FARED, {"rows": json.dumps(telling, default=str), "now": now, "failing": FAILING})
        entries = [_ended(row) for row in fared if row.ended_how]
        audit.record(db.session(), entries, by=by, now=now)
    pauses = {
        it.host: {"host": it.host, "paused_until": fate.pause.until, "why": fate.pause.why}
        for it, fate in sorted(fates, key=lambda pair: pair[0].host)
        if fate.pause
    }
    if pauses:
        run(_PAUSE, {"rows": json.dumps(list(pauses.values()), default=str), "now": now})


def _tells(it: Claimed, fate: Outcome) -> bool:
    """Whether it says something new of its way: that it fails, or no longer does. A service that asks to be left alone
    says nothing of a device."""
    return it.failing if fate.what == "accepted" else fate.pause is None


def _ended(row: Any) -> Entry:
    patient = row.person_id if row.capacity == rules.PRIVATE else None
    return Entry("subscription.ended", patient, None, f"subscription:{db.short(row.id)}:{row.ended_how}")


_TRIAL = text(
    """
    insert into delivery (id, person_id, capacity, channel, subscription_id, topic, receipt_digest, made_at, due_at,
      tries)
    select :id, s.person_id, s.capacity, 'push', s.id, :topic, :digest, :now, :now, 0
    from subscription s where s.id = :device and s.person_id = :person and s.capacity = :capacity and s.ended_at is null
    returning id
    """
)
_TRIAL_THERE = text(
    """
    select id from delivery where subscription_id = :device and person_id = :person and capacity = :capacity
      and notice_id is null and made_at > :since and accepted_at is null and ended_at is null
    order by made_at desc limit 1
    """
)


def try_out(subscription_id: UUID, *, by: Actor, now: datetime) -> UUID:
    """A trial to one of one's own devices, whatever hour it is; its key. One that is on its way is not sent twice.
    Raises NotFound where the device is none of theirs, or is turned off."""
    mine = {"device": subscription_id, "person": by.person_id, "capacity": by.capacity}
    there = run(_TRIAL_THERE, mine | {"since": now - TRIAL_AGAIN}).scalar()
    if there:
        return UUID(str(there))
    key = db.new_key()
    values = {"id": key, "topic": topic(subscription_id, TRIAL), "digest": proof(token(key)), "now": now}
    if run(_TRIAL, mine | values).first() is None:
        raise NotFound
    if by.person_id:
        live.changed(live.topic("p", by.person_id))
    return key


_OLD_TRIALS = text(
    """
    delete from delivery where id in (
      select id from delivery where notice_id is null and made_at < :before order by made_at limit :room) returning id
    """
)


def forget_old_trials(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away trials a week after they were made; all else goes with its notice. Returns how many."""
    return len(run(_OLD_TRIALS, {"before": now - TRIAL_KEPT, "room": batch}).all())
