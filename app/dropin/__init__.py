"""Drop-in (öppna tider): hours when anybody may just come, who has said that they will, and what came of it."""
