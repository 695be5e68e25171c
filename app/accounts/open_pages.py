"""Open pages of whoever a patient has let in: they ask again when what is the patient's is locked or closed."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from app.core import db, live

# Relations are a package above: whose pages they are is read by their names, as data.
_let_in = (
    text("select id from relation where patient_id = :patient and confirmed_at is not null and ended_at is null")
    .bindparams(bindparam("patient", type_=Uuid()))
    .columns()
)


def ask_again(patient_id: UUID) -> None:
    live.changed(*(live.topic("r", row.id) for row in db.run(_let_in, {"patient": patient_id})))
