"""Answers the tasks that the driver names on standard input, as JSON lines."""

import json
import platform
import resource
import sys
import time


def peak_megabytes():
    """The highest resident set size of this process so far, in MB."""
    if platform.system() == "Linux":
        # Not getrusage, which counts what the parent had in memory when it forked.
        with open("/proc/self/status") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    bytes_or_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return bytes_or_kilobytes / (1024**2 if platform.system() == "Darwin" else 1024)


def serve(tasks):
    print('"ready"', flush=True)
    for line in sys.stdin:
        name = line.strip()
        task = peak_megabytes if name == "peak" else tasks[name]
        print(json.dumps(task()), flush=True)


def microseconds(calls, run):
    """The mean time of a call in microseconds, after some calls to warm up."""
    for _ in range(min(calls, 50)):
        run()
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) * 1e6 / calls
