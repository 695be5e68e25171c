"""A notice to one person. It says what kind of thing has happened and where to look, never what was written."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, SignIn
from app.core.crypto import Sealed
from app.core.db import Base

CAPACITY = "capacity in ('duty', 'private')"
CHANNEL = "channel in ('push', 'email', 'sms')"
UNSEEN = "seen_at is null and withdrawn_at is null"


class Notice(Base):
    """Told once a person, kind and key. `show_at` is when it may reach them: somebody off duty is left in peace.

    Withdrawn is what no longer is worth telling before it was shown: what it was about has been answered or has ended.
    `capacity` is as whom they are told: somebody of the staff who also is a patient reads each in its own session.
    `next_at` is when the channels out of the app are to be looked at next; none when they have done what they can.
    """

    __tablename__ = "notice"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[str]
    key: Mapped[str]
    object_id: Mapped[UUID | None]
    language: Mapped[str]
    made_at: Mapped[datetime]
    show_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    capacity: Mapped[str]
    next_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind <> '' and key <> ''", name="named"),
        CheckConstraint("show_at >= made_at", name="peace"),
        CheckConstraint("language ~ '^[a-z]{2}$'", name="language"),
        CheckConstraint(CAPACITY, name="capacity"),
        CheckConstraint("seen_at is null or withdrawn_at is null", name="withdrawn_unseen"),
        Index("uq_notice_person_id_kind_key", "person_id", "kind", "key", unique=True),
        Index("ix_notice_unseen", "person_id", "show_at", postgresql_where=UNSEEN),
        Index("ix_notice_object_id", "object_id", postgresql_where=UNSEEN),
        Index("ix_notice_made_at", "made_at"),
        Index("ix_notice_next_at", "next_at", postgresql_where=f"{UNSEEN} and next_at is not null"),
    )


class NoticeChoice(Base):
    """What somebody chose for themselves in one capacity. Without a row, what rules.py says is usual.

    `off_duty`: staff may be reached although they are away. `fuller`: a patient wants to be told a little more than
    that there is something. Between `quiet_from` and `quiet_until`, Swedish time, nothing leaves the app. `app_only`:
    they have said that they look in the app, and need not be told that nothing reaches them elsewhere.
    """

    __tablename__ = "notice_choice"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)
    off_duty: Mapped[bool]
    fuller: Mapped[bool]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    app_only: Mapped[bool] = mapped_column(default=False, server_default="false")
    chosen_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(CAPACITY, name="capacity"),
        CheckConstraint("not off_duty or capacity = 'duty'", name="off_duty"),
        CheckConstraint("not fuller or capacity = 'private'", name="fuller"),
        CheckConstraint("(quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until", name="quiet"),
    )


class ChannelOff(Base):
    """That somebody does not want to be told of one group of things by one channel."""

    __tablename__ = "channel_off"
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (
        CheckConstraint(CAPACITY, name="capacity"),
        CheckConstraint("about <> ''", name="about"),
        CheckConstraint(CHANNEL, name="channel"),
    )


class ContactPoint(Base):
    """An e-mail address or a mobile number to be told on (FHIR ContactPoint), once its owner has typed what was sent
    there. Only the code's digest is kept. `sent_at` is when the code left us; what is confirmed holds until another is.
    """

    __tablename__ = "contact_point"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    capacity: Mapped[str]
    system: Mapped[str]
    value_sealed: Mapped[bytes]
    value = Sealed()
    code_digest: Mapped[bytes | None]
    tries: Mapped[int]
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(CAPACITY, name="capacity"),
        CheckConstraint("system in ('email', 'sms')", name="system"),
        CheckConstraint("tries between 0 and 10", name="tries"),
        CheckConstraint("(code_digest is null) = (confirmed_at is not null)", name="code"),
        Index(
            "uq_contact_point_open",
            "person_id",
            "capacity",
            "system",
            text("(confirmed_at is null)"),
            unique=True,
            postgresql_where="ended_at is null",
        ),
    )


class Subscription(Base):
    """One browser on one device that may be pushed to (RFC 8030), for one person in one capacity, until it ends.

    `address` is the push service's address and the browser's two keys, as JSON. `vapid` is which of our keys it was
    made for. `session_id` is the session that renewed it last: whoever signs out there ends it.
    """

    __tablename__ = "subscription"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    capacity: Mapped[str]
    session_id: Mapped[bytes | None] = mapped_column(ForeignKey(SignIn.id, ondelete="SET NULL"))
    endpoint_digest: Mapped[bytes]
    host: Mapped[str]
    address_sealed: Mapped[bytes]
    address = Sealed()
    vapid: Mapped[int]
    language: Mapped[str]
    device: Mapped[str]
    made_at: Mapped[datetime]
    renewed_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None]
    __table_args__ = (
        CheckConstraint(CAPACITY, name="capacity"),
        CheckConstraint("language ~ '^[a-z]{2}$'", name="language"),
        CheckConstraint("(ended_at is null) = (ended_how is null)", name="ended"),
        CheckConstraint(
            "ended_how in ('turned_off', 'signed_out', 'locked', 'taken_over', 'replaced', 'gone', 'failing')",
            name="ended_how",
        ),
        Index("uq_subscription_endpoint_open", "endpoint_digest", unique=True, postgresql_where="ended_at is null"),
        Index("ix_subscription_endpoint_digest", "endpoint_digest"),
        Index("ix_subscription_person_open", "person_id", "capacity", postgresql_where="ended_at is null"),
        Index("ix_subscription_session_id", "session_id", postgresql_where="ended_at is null"),
        Index("ix_subscription_ended_at", "ended_at"),
    )


class Delivery(Base):
    """One notice on its way by one channel; a trial, which is of no notice, is one too.

    Accepted is what the push service or the mail server said; shown is the device's own receipt, which it proves by a
    token whose digest is kept here; opened is that a finger was put on it. Ended is what never reached anybody.
    """

    __tablename__ = "delivery"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey(Notice.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    capacity: Mapped[str]
    channel: Mapped[str]
    subscription_id: Mapped[UUID | None] = mapped_column(ForeignKey(Subscription.id))
    contact_point_id: Mapped[UUID | None] = mapped_column(ForeignKey(ContactPoint.id))
    topic: Mapped[str]
    receipt_digest: Mapped[bytes | None]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int]
    accepted_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None]
    status: Mapped[str] = mapped_column(
        Computed(
            "case when opened_at is not null then 'opened' when shown_at is not null then 'shown'"
            " when ended_at is not null then 'ended' when accepted_at is not null then 'accepted' else 'waiting' end",
            persisted=True,
        )
    )
    __table_args__ = (
        CheckConstraint(CAPACITY, name="capacity"),
        CheckConstraint(CHANNEL, name="channel"),
        CheckConstraint(
            "(channel = 'push') = (subscription_id is not null)"
            " and (channel <> 'push') = (contact_point_id is not null)"
            " and (channel = 'push') = (receipt_digest is not null)",
            name="where_to",
        ),
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("shown_at is null or accepted_at is not null", name="shown"),
        CheckConstraint("opened_at is null or shown_at is not null", name="opened"),
        CheckConstraint(
            "(ended_at is null) = (ended_how is null) and (ended_at is null or accepted_at is null)", name="ended"
        ),
        CheckConstraint("ended_how in ('not_needed', 'gone', 'refused', 'too_late')", name="ended_how"),
        Index("uq_delivery_receipt_digest", "receipt_digest", unique=True),
        Index(
            "ix_delivery_due", "channel", "due_at", "id", postgresql_where="accepted_at is null and ended_at is null"
        ),
        # Two workers never send the same by the same way. It is also how what was tried of a notice is found.
        Index(
            "uq_delivery_notice_place",
            "notice_id",
            "subscription_id",
            "contact_point_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where="notice_id is not null",
        ),
        Index(
            "ix_delivery_subscription_id", "subscription_id", "topic", postgresql_where="subscription_id is not null"
        ),
        Index("ix_delivery_told", "person_id", "capacity", "made_at", postgresql_where="channel <> 'push'"),
        Index("ix_delivery_trial", "made_at", postgresql_where="notice_id is null"),
        # Room on each page, so that being leased and being shown change the row and no index.
        {"postgresql_with": {"fillfactor": 70}},
    )


class PushHost(Base):
    """A push service that is left alone for a while, and why: it asked for it, or it does not take our key. The servers
    for e-mail and SMS stand here by the name of their channel."""

    __tablename__ = "push_host"
    host: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    paused_until: Mapped[datetime]
    why: Mapped[str]
    __table_args__ = (
        CheckConstraint("why in ('asked', 'key')", name="why"),
        CheckConstraint("paused_until >= since", name="pause"),
    )
