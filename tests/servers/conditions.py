"""Waiting for what other processes do."""

import time


def wait_until(condition, what, limit_s=60, every_s=0.1):
    """Asks again and again until the condition gives something true, and returns that; a TimeoutError says what did not
    happen. An exception of the condition ends the wait."""
    deadline = time.monotonic() + limit_s
    while not (answer := condition()):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"after {limit_s} s still waiting for {what}")
        time.sleep(every_s)
    return answer
