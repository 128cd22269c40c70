"""Runs a command and tells its wall time and the most memory it held.

python -m tests.benchmarks.peak_memory python train.py --minutes 1 --name trial
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path


def own_peak_memory() -> int:
    """Bytes; of this process alone, where ru_maxrss would count its parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status has no VmHWM")


def main() -> int:
    began = time.perf_counter()
    status = subprocess.run(sys.argv[1:], check=False).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # KiB on Linux
    elapsed = time.perf_counter() - began
    print(f"{elapsed:.0f} s, at most {peak / 1024:,.0f} MiB", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
