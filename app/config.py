"""Settings."""


class Refusal(Exception):
    """A reason not to go on, as one sentence for the person at the terminal."""
