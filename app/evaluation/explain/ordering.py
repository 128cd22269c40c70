"""Units beside those that behave like them, so that patterns show.

The memory of a layer over a text enters; an order of its units leaves, and where there
are many of them, groups of neighbours. Units are clustered by the correlation of what
they do (Ward's linkage, whose groups are of like size), and the tree is turned so that
neighbours are as alike as it allows (Bar-Joseph, Gifford and Jaakkola 2001, Fast
optimal leaf ordering for hierarchical clustering).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Rows that one can still tell apart in a picture of a hand's height.
MOST_ROWS = 64
GROUPS = 32

# The best order takes time with the third power of the units: 0.1 s for 512.
_MOST_ORDERED = 512


class Order(NamedTuple):
    """How the units of a layer are drawn.

    Attributes:
        units: int64 [units], from the top to the bottom.
        groups: int64 [units], which group each place of `units` belongs to, ascending;
            as many groups as units where they are few.
    """

    units: np.ndarray
    groups: np.ndarray

    @property
    def has_groups(self) -> bool:
        """Whether some units share a group."""
        return bool(self.groups[-1] + 1 < len(self.groups))

    def all_rows(self, values: np.ndarray) -> np.ndarray:
        """A row a unit, float32 [units, steps], of float32 [steps, units]."""
        return values.T[self.units]

    def mean_rows(self, values: np.ndarray) -> np.ndarray:
        """A row a group, the mean of its units: float32 [groups, steps]."""
        starts = np.flatnonzero(np.diff(self.groups, prepend=-1))
        sizes = np.diff(np.append(starts, len(self.groups)))[:, None]
        return np.add.reduceat(self.all_rows(values), starts, axis=0) / sizes


def order_units(memory: np.ndarray) -> Order:
    """Clusters the units of float32 [steps, units]."""
    from scipy.cluster import hierarchy  # takes a third of a second to import

    steps, units = memory.shape
    if units < 3 or steps < 3:
        return _in_groups(np.arange(units), None)
    rows = (memory - memory.mean(axis=0)).T.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.maximum(lengths, 1e-12)
    # Between rows of length 1 the squared distance is 2 (1 - correlation).
    distances = np.sqrt(np.clip(2.0 - 2.0 * (rows @ rows.T), 0.0, 4.0))
    flat = distances[np.triu_indices(units, 1)]
    tree = hierarchy.linkage(flat, "ward")
    if units <= _MOST_ORDERED:
        tree = hierarchy.optimal_leaf_ordering(tree, flat)
    leaves = hierarchy.leaves_list(tree)
    if units <= MOST_ROWS:
        return _in_groups(leaves, None)
    return _in_groups(leaves, hierarchy.fcluster(tree, GROUPS, "maxclust"))


def _in_groups(leaves: np.ndarray, clusters: np.ndarray | None) -> Order:
    """Clusters are runs of leaves, since both come from one tree."""
    if clusters is None:
        return Order(leaves, np.arange(len(leaves)))
    begins = np.diff(clusters[leaves], prepend=-1) != 0
    return Order(leaves, np.cumsum(begins) - 1)
