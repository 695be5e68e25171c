"""Telling a person something: what, when it may be shown, and whether it was."""
