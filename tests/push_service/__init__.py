"""Stand-ins for the push services of Chromium and Firefox, which real browsers take for their own.

`python -m tests.push_service` starts them in a process and prints a line of JSON that says where they are;
`outside.py` is that process seen from a test.
"""
