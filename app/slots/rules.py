"""The closed lists of free times, in the words of FHIR R4 Slot, and how waiting for one ends. Pure."""

STATUSES = ("free", "busy-tentative", "busy", "busy-unavailable")
FOR_WHOM = ("unit", "waiting")
QUEUE_ENDS = ("booked", "left", "taken_off", "over")
"""They got a time, left the list, were taken off it, or are no longer the unit's patient."""
OFFER_ENDS = ("accepted", "refused", "lapsed", "withdrawn")
