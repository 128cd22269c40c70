"""Event files: what was written can be read back, without TensorBoard."""

import pytest
import tensorflow as tf

from app.errors import UserError
from app.network.event_files import STEPS_BETWEEN_POINTS, EventFiles
from app.network.progress import StepReport
from tests.network.conftest import fit_options
from tests.network.test_training import new_trainer
from tests.tiny import tiny_architecture


def curves_in(folder):
    """tag -> [(step, value)], of all event files."""
    curves = {}
    for path in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                point = event.step, float(tf.make_ndarray(value.tensor))
                curves.setdefault(value.tag, []).append(point)
    return curves


def report(step, loss):
    return StepReport(step, 0.5, loss, 9.0, 0.001, 1234.0)


def test_a_point_is_the_mean_of_the_steps_since_the_last(tmp_path):
    files = EventFiles(tmp_path / "run")
    for step in range(1, 2 * STEPS_BETWEEN_POINTS + 1):
        files.add_step(report(step, 1.0 if step <= STEPS_BETWEEN_POINTS else 2.0))
    trainer = new_trainer_with_a_row()
    files.add_epoch(trainer.progress.history[0])
    curves = curves_in(tmp_path / "run")
    assert curves["training/loss"] == [
        (STEPS_BETWEEN_POINTS, 1.0),
        (2 * STEPS_BETWEEN_POINTS, 2.0),
    ]
    assert curves["training/perplexity"][0][1] == pytest.approx(2.71828, rel=1e-5)
    assert curves["training/tokens_per_second"][0][1] == 1234.0
    ((step, loss),) = curves["epoch/validation_loss"]
    assert step == 2 * STEPS_BETWEEN_POINTS
    row = trainer.progress.history[0]
    assert loss == pytest.approx(row["validation_loss"], rel=1e-6)
    names = {"training_loss", "validation_perplexity", "validation_top_1_accuracy"}
    assert {f"epoch/{name}" for name in names} <= curves.keys()


def new_trainer_with_a_row():
    """A trainer whose history has the rows that training makes."""
    from app.network.progress import Callbacks
    from tests.network.conftest import counting_text

    text = counting_text(4, seed=1)
    trainer = new_trainer(tiny_architecture(), fit_options(epochs=1), text, text)
    trainer.run(
        Callbacks(
            on_step=lambda made: None,
            on_epoch=lambda row, weights: None,
            on_checkpoint=lambda made: None,
            should_stop=lambda: False,
        )
    )
    return trainer


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Choose another folder for --tensorboard"):
        EventFiles(tmp_path / "file" / "run")
