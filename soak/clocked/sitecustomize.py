"""Python loads this at its start, where soak/faults.py has put this folder in its path: beside libfaketime.

Since 3.11 `time.sleep` sleeps until an instant of the monotonic clock; libfaketime 0.9.10 takes that for a wrong
argument. To wait for nothing is the same without it.
"""

import threading
import time


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


vars(time)["sleep"] = _sleep
