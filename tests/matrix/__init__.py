"""Every door of the house, tried by everybody: who is let in, and what they then can read."""
