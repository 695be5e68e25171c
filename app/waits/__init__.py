"""A question until a person has taken it: the wait, its holder, its promise and the ladder."""
