"""Invented people in an invented place, to try everything with. Never in a real installation."""
