"""Other systems: what is read from them, what they read from us, and files of rows."""
