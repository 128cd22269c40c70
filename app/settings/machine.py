"""What this machine has that settings go by."""

from __future__ import annotations

import os


def physical_memory() -> int | None:
    """Bytes of memory in this machine; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def num_processors() -> int:
    """How many this process may use; of a container, not of its machine."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
