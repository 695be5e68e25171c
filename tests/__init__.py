"""The tests. They start the app a hundred times over, so what Python compiles is kept, whatever the machine says."""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
