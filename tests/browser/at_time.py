"""Run a module as if it were another time, going on from there: `python -m tests.browser.at_time WHEN gunicorn …`.

Only the tests know of it: the app reads the clock of the machine that it believes it stands on.
"""

import runpy
import sys
from datetime import datetime

import time_machine

if __name__ == "__main__":
    _me, when, module, *arguments = sys.argv
    time_machine.travel(datetime.fromisoformat(when)).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
