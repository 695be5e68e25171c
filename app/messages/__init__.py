"""Threads between a patient and the one who answers: letters, read marks and drafts."""
