"""How what is shared is said, to the patient and to the relative."""


def initials(name: str) -> str:
    """A name's first letters, for somebody whose identity is protected: S. N."""
    return " ".join(f"{part[:1]}." for part in name.split())
