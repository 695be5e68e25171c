"""Whom the patient has let in, and what is told about a patient by somebody who may learn nothing."""
