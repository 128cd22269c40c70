"""On which devices a run trains: one, all graphics cards, or those of many machines.

One device is the plain path, without a strategy. Several graphics cards of one machine
are used without being asked for. Several machines are what `--workers` says; they are
given up together when one of them is lost, because each waits for all others.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

import tensorflow as tf

from app.errors import UserError
from app.settings import Workers

# What a collective says when another machine is gone: killed, stopped or cut off.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)


@contextlib.contextmanager
def training_devices(workers: Workers | None, batch_size: int) -> Iterator[str]:
    """Models and trainers that are made in the block are on all devices of the run.

    The first time, it waits for the other workers.

    Args:
        workers: the machines; None: this one.
        batch_size: streams, to be dealt out evenly.

    Yields:
        Which devices, in words; nothing where it is one.

    Raises:
        UserError: another worker is gone, or cannot be reached.
    """
    if workers is None:
        strategy, remark = _strategy_of_cards(batch_size)
        with strategy.scope() if strategy else contextlib.nullcontext():
            yield remark
        return
    try:
        strategy = _strategy_of(workers)
        with strategy.scope():
            num_workers = len(workers.addresses)
            yield f"{num_workers} workers, {strategy.num_replicas_in_sync} devices"
    except _LOST as error:
        raise UserError(
            "Another worker is gone: it was stopped, or the network between the "
            "machines fails; what it says tells more. Start all of them again, worker "
            "0 with --resume: it goes on from its last checkpoint."
        ) from error


@functools.cache  # a process can join a cluster only once
def _strategy_of(workers: Workers) -> tf.distribute.Strategy:
    """Joins the other machines; waits for them."""
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(workers.addresses)}),
        task_type="worker",
        task_id=workers.index,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)


def _strategy_of_cards(batch_size: int) -> tuple[tf.distribute.Strategy | None, str]:
    """As many graphics cards as the streams can be dealt out to, and that in words."""
    cards = [device.name for device in tf.config.list_logical_devices("GPU")]
    if len(cards) < 2:
        return None, ""
    num_used = max(n for n in range(1, len(cards) + 1) if batch_size % n == 0)
    remark = f"{num_used} of {len(cards)} graphics cards"
    if num_used < len(cards):
        remark += f" (for all of them, --batch-size must be a multiple of {len(cards)})"
    if num_used == 1:
        return None, remark
    return tf.distribute.MirroredStrategy(cards[:num_used]), remark
