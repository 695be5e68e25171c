"""What is read of another system, in which order, and why something that was read is not used. Pure."""

TYPES = ("Location", "Practitioner", "PractitionerRole", "Patient", "Schedule", "Slot", "Appointment")
"""The types that are read, each after those it points at."""
SWEPT = ("Location", "Practitioner", "PractitionerRole", "Schedule", "Slot", "Appointment")
"""Those that are read whole. Of patients only those are asked for whom a time is about: no register is copied."""
PERSONNUMMER = "1.2.752.129.2.1.3.1"
SAMORDNINGSNUMMER = "1.2.752.129.2.1.3.3"
HSA_ID = "1.2.752.129.2.1.4.1"

REASONS = (
    "invalid",
    "number",
    "patient_unknown",
    "practitioner_unknown",
    "no_identifier",
    "unit_unknown",
    "place_unknown",
    "place_without_address",
    "kind_unknown",
    "no_time",
    "too_long",
    "no_patient",
    "several_patients",
    "reference",
    "not_here",
    "busy",
    "schedule_unknown",
    "fault",
)
"""Why a resource is in quarantine. What to do about each stands in words.py."""
GONE_AT_ONCE = 10
"""More than so many, and more than half of those asked for, are never gone at once: their system is not well."""
