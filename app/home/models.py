"""A fault in accessibility that somebody has reported (lagen 2018:1937 om tillgänglighet, 13 §)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Sealed
from app.core.db import Base


class FaultReport(Base):
    __tablename__ = "fault_report"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    text_sealed: Mapped[bytes]
    text = Sealed()
    page_sealed: Mapped[bytes | None]
    page = Sealed()
    reply_to_sealed: Mapped[bytes | None]
    reply_to = Sealed()
    reported_at: Mapped[datetime] = mapped_column(index=True)
