"""The closed lists of bookings, in the words of FHIR R4 Appointment, and what follows from a time. Pure."""

MODES = ("visit", "phone", "video", "home")
"""How one meets: at a place of the unit, by phone, by a link, or at home by the mobile team."""
STATUSES = ("booked", "fulfilled", "noshow", "cancelled", "entered-in-error")
"""FHIR AppointmentStatus, as far as it concerns a time that a patient has."""
WENT = ("fulfilled", "noshow")
"""How a time that has been went: "Blev av", "Blev inte av"."""
OFF = ("cancelled", "entered-in-error")
"""A time that does not happen."""
ANSWERS = ("accepted", "tentative", "declined")
"""FHIR ParticipationStatus: "Jag kommer", "Jag vill ha en annan tid", "Jag kan inte komma"."""
CHANGES = (
    *("made", "moved", "staff", "place", "bring", "link", "cancelled", "answered", "hit", "offered", "restored"),
    *("lapsed", "fulfilled", "noshow", "entered-in-error", "reopened"),
)
AGAIN = ("moved", "staff", "cancelled", "entered-in-error")
"""After these, what the patient answered before was said of something else."""
BEFORE = ("7d", "48h", "24h", "2h")
CLOSING = "Ta gärna med din anhörige eller närstående."
"""What every kallelse ends with. It is part of what is asked of the care, and so it is not translated away."""
