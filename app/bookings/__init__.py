"""Bookings: when a patient meets somebody, the letter that says so, what the patient answers, and being reminded."""
