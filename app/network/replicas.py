"""The same training step on several devices, of one machine or of many.

Enters: what enters `Steps`, under the scope of a `tf.distribute` strategy. Leaves: the
sums over all replicas, the same on each. A replica is a device with a copy of the
weights of its own. Every worker (a process; one a machine) cuts the whole batch from
the same text and reads the streams of its own replicas:

    streams   0 1 2 3 4 5 6 7
    replica   0 0 1 1 2 2 3 3
    worker    0 0 0 0 1 1 1 1        two devices each

The gradients are summed over the replicas before they are clipped and applied, so the
weights stay the same everywhere, and are those of one device with the same batch up to
the order of summation. Dropout masks and sampled words are a function of the seed, the
step and the replica. All begin with the weights of the first. Every worker must take
the same steps in the same order: a replica that sums waits for all others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from app.errors import UserError
from app.network.batches import Batch
from app.network.forward import AllStates
from app.network.steps import Steps
from app.settings import Architecture, FitOptions

logger = logging.getLogger(__name__)

# Seeds of a run are below it, so no two replicas of two runs share one.
_SEEDS_PER_REPLICA = 2**31


class AdamOfSums(keras.optimizers.Adam):
    """Adam for gradients that have been summed over the replicas already.

    Keras clips first and sums then, which limits the norm of each replica's gradient
    instead of that of the whole batch.
    """

    def _all_reduce_sum_gradients(self, grads_and_vars: list[Any]) -> list[Any]:
        return list(grads_and_vars)


class ReplicatedSteps(Steps):
    """The steps of one run on every replica of the strategy in whose scope it is made.

    Args:
        model: made in the same scope.
        architecture: its shape.
        options: how to train it; the batch is that of all replicas together.

    Raises:
        UserError: the streams cannot be dealt out evenly.
    """

    optimizer_class = AdamOfSums

    def __init__(
        self, model: keras.Sequential, architecture: Architecture, options: FitOptions
    ) -> None:
        self.strategy = tf.distribute.get_strategy()
        num_replicas = self.strategy.num_replicas_in_sync
        self.streams_each, rest = divmod(options.batch_size, num_replicas)
        if rest:
            raise UserError(
                f"A batch of {options.batch_size} streams cannot be dealt out evenly "
                f"to {num_replicas} devices. Choose a --batch-size that is a multiple "
                f"of {num_replicas}."
            )
        # TensorFlow takes the graphs below, one each, for one that it traces anew.
        tf.get_logger().setLevel("ERROR")
        super().__init__(model, architecture, options)
        self._sum = self._compiled(_summed)
        self._gather = self._compiled(_gathered)
        for variable in model.weights:  # --from is read by the first worker
            variable.assign(self._of_first(variable.numpy()))

    def num_validation_streams(self, num_documents: int) -> int:
        """As many as in training, which can be dealt out."""
        return self.options.batch_size

    def zero_states(self, num_streams: int | None = None) -> AllStates:
        """What texts begin with, on each replica for its own streams."""
        return self._on_each(
            lambda replica: self.forward.zero_states(self.streams_each)
        )

    def arrays_of(self, states: AllStates) -> list[np.ndarray]:
        """The states of all streams; all workers must ask together."""
        *arrays, _ = self._gather(states)
        return [array.numpy() for array in arrays]

    def states_of(self, arrays: list[np.ndarray]) -> AllStates:
        """The states whose `arrays_of` these are, dealt out to the replicas."""
        flat = [self._dealt_out(array, axis=0) for array in arrays]
        return tf.nest.pack_sequence_as(self.zero_states(), flat)

    def agreed(self, seconds: float, *, is_stopping: bool) -> tuple[float, bool]:
        """The clock of the first replica; and that one stops is enough for all."""
        values, _ = self._sum(
            self._on_each(
                lambda replica: tf.constant(
                    [0.0 if replica else seconds, is_stopping], tf.float64
                )
            )
        )
        somebody_stops = bool(values[1])
        if somebody_stops and not is_stopping:
            logger.info("Stopping, as another worker does.")
        return float(values[0]), somebody_stops

    def _compiled(self, graph: Callable[..., Any]) -> Callable[..., Any]:
        def on_all(*arguments: Any) -> tuple[Any, ...]:
            *sums, states = self.strategy.run(graph, arguments)
            local = self.strategy.experimental_local_results
            return *(local(total)[0] for total in sums), states

        return tf.function(on_all, autograph=False)

    def _placed(self, batch: Batch) -> Batch:
        """Each replica's streams of the batch; they are the last axis of all of it."""
        return Batch(*(self._dealt_out(array, axis=-1) for array in batch))

    def _seed(self, number: int) -> Any:
        seed = super()._seed(number)
        return self._on_each(
            lambda replica: tf.constant(seed + [replica * _SEEDS_PER_REPLICA, 0])
        )

    def _total(self, values: Any) -> Any:
        return _total(values)

    def _on_each(self, value_of: Callable[[int], Any]) -> Any:
        """`value_of(replica)` for each replica of this worker, where it is."""
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: value_of(context.replica_id_in_sync_group)
        )

    def _of_first(self, array: np.ndarray) -> tf.Tensor:
        """The array that the first replica has, on all of them."""
        total, _ = self._sum(
            self._on_each(
                lambda replica: tf.constant(np.zeros_like(array) if replica else array)
            )
        )
        return total

    def _dealt_out(self, array: np.ndarray, *, axis: int) -> Any:
        """Each replica's streams of `array`, which lie along `axis`."""
        parts = np.split(array, self.strategy.num_replicas_in_sync, axis)
        return self._on_each(lambda replica: tf.constant(parts[replica]))


# A collective asks on which device a value is; one that comes into the graph from
# outside is on none until it is taken over by `tf.identity`.


def _summed(values: tf.Tensor) -> tuple[Any, ...]:
    """The sum of the replicas' values."""
    return _total(tf.identity(values)), ()


def _gathered(states: AllStates) -> tuple[Any, ...]:
    """The states of all streams."""
    replica = tf.distribute.get_replica_context()
    flat = tf.nest.flatten(states)
    return *(replica.all_gather(tf.identity(state), axis=0) for state in flat), ()


def _total(values: Any) -> Any:
    replica = tf.distribute.get_replica_context()
    return replica.all_reduce(tf.distribute.ReduceOp.SUM, values)


def steps_for(
    model: keras.Sequential, architecture: Architecture, options: FitOptions
) -> Steps:
    """The steps on all devices of the strategy in whose scope this is called."""
    kind = ReplicatedSteps if tf.distribute.has_strategy() else Steps
    return kind(model, architecture, options)
