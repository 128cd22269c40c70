"""The loop: it learns, it is reproducible, and it can be interrupted anywhere."""

import dataclasses
import functools
import itertools
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from app.errors import UserError
from app.network import steps, training
from app.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from app.network.model import build_model, named_weights
from app.network.schedule import learning_rate
from app.network.training import Callbacks, Trainer
from app.text.vocabulary import BOS, PAD
from tests.network.conftest import fit_options
from tests.tiny import tiny_architecture, tiny_weights


def new_trainer(architecture, options, training, validation):
    matrix = tiny_weights(architecture)["embedding"][:, : architecture.embedding_dim]
    model = build_model(architecture, matrix, seed=options.seed)
    return Trainer(model, architecture, options, training, validation)


class Watcher:
    """Callbacks that remember, and that stop after some number of steps."""

    def __init__(self, stop_after=None):
        self.steps = 0
        self.rows = []
        self.checkpoint = None
        self.stop_after = stop_after
        self.callbacks = Callbacks(self.step, self.epoch, self.keep, self.stop)

    def step(self, report):
        assert 0 <= report.share_done <= 1
        assert np.isfinite(report.mean_loss)
        self.steps += 1

    def epoch(self, row, weights):
        self.rows.append(row)

    def keep(self, checkpoint):
        self.checkpoint = checkpoint

    def stop(self):
        return self.steps == self.stop_after


def test_it_learns_to_count(training_text, validation_text):
    options = fit_options(epochs=20, learning_rate=0.05, patience=20)
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    before, _ = trainer.validate()
    watcher = Watcher()
    progress = trainer.run(watcher.callbacks)
    after, accuracy = trainer.validate()
    assert after == pytest.approx(progress.best_loss, rel=1e-6)
    assert after < 0.6 * before
    assert accuracy > 0.6
    assert [row["epoch"] for row in watcher.rows] == list(range(1, 21))
    assert watcher.rows[-1]["learning_rate"] < 0.1 * options.learning_rate


def test_it_learns_from_the_sampled_loss_too(
    training_text, validation_text, monkeypatch
):
    monkeypatch.setattr(steps, "SMALLEST_SAMPLED_VOCABULARY", 1)
    options = fit_options(
        epochs=20, learning_rate=0.05, patience=20, head_size=14, sample_size=16
    )
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    before, _ = trainer.validate()
    trainer.run(Watcher().callbacks)
    after, accuracy = trainer.validate()  # exact, whatever training estimates
    assert after < 0.6 * before
    assert accuracy > 0.5


class Run(NamedTuple):
    """What a trainer began with, and the trainer at the end."""

    before: dict[str, np.ndarray]
    trainer: Trainer


@pytest.fixture(scope="module")
def undisturbed(training_text, validation_text):
    """Runs that nothing interrupted, each made once; call it with an architecture."""

    @functools.cache
    def run(architecture):
        options = fit_options()
        trainer = new_trainer(architecture, options, training_text, validation_text)
        before = named_weights(trainer.model)
        trainer.run(Watcher().callbacks)
        return Run(before, trainer)

    return run


def test_the_frozen_vectors_stay_and_everything_else_moves(architecture, undisturbed):
    def apart(weights):
        width = architecture.learned_dim
        if not width:
            return weights
        frozen, learned = np.split(weights["embedding"], [-width], axis=1)
        return weights | {"embedding": frozen, "learned": learned}

    run = undisturbed(architecture)
    before = apart(run.before)
    for name, array in apart(named_weights(run.trainer.model)).items():
        assert np.array_equal(array, before[name]) == (name == "embedding"), name


def words_read(text):
    """Every id that comes before another in a document, once."""
    return np.unique([BOS, *(i for d in text.documents() for i in d[:-1])])


def test_columns_of_words_that_are_never_read_stay_as_they_began(
    training_text, validation_text
):
    architecture = dataclasses.replace(tiny_architecture(), learned_dim=2)
    trainer = new_trainer(architecture, fit_options(), training_text, validation_text)
    before = named_weights(trainer.model)["embedding"]
    trainer.run(Watcher().callbacks)
    moved = (named_weights(trainer.model)["embedding"] - before)[:, -2:]
    read = words_read(training_text)
    assert moved[read].all()
    assert not np.delete(moved, read, axis=0).any()


def test_vectors_move_when_asked_but_for_what_is_never_read(
    training_text, validation_text
):
    architecture = dataclasses.replace(tiny_architecture(), trainable_embeddings=True)
    trainer = new_trainer(architecture, fit_options(), training_text, validation_text)
    before = named_weights(trainer.model)["embedding"]
    trainer.run(Watcher().callbacks)
    after = named_weights(trainer.model)["embedding"]
    read = words_read(training_text)
    assert (after[read] != before[read]).any(axis=1).all()
    unread = np.setdiff1d(np.arange(len(after)), read)
    assert PAD in unread
    np.testing.assert_array_equal(after[unread], before[unread])


def test_another_seed_begins_with_other_weights(
    architecture, training_text, validation_text, undisturbed
):
    options = fit_options(seed=1)
    other = new_trainer(architecture, options, training_text, validation_text)
    kernel = named_weights(other.model)["dense_kernel"]
    assert not np.array_equal(kernel, undisturbed(architecture).before["dense_kernel"])


def interrupt(trainer, after, path):
    """Stops it after so many more steps, and writes the checkpoint that it leaves."""
    watcher = Watcher(stop_after=after)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(watcher.callbacks)
    save_checkpoint(path, watcher.checkpoint)


def assert_ended_alike(one, other):
    """The same steps, losses and weights, bit for bit."""
    assert one.progress.step == other.progress.step
    losses = [
        [row["validation_loss"] for row in trainer.progress.history]
        for trainer in (one, other)
    ]
    assert losses[0] == losses[1]
    expected = named_weights(other.model)
    for name, array in named_weights(one.model).items():
        np.testing.assert_array_equal(array, expected[name])


def test_the_same_seed_gives_the_same_weights_bit_for_bit_however_often_interrupted(
    architecture, training_text, validation_text, undisturbed, tmp_path
):
    """After 1 step and after 46, which are in the second of two epochs but for
    `classic`; each time another trainer takes over, and knows the checkpoint only."""
    arguments = (architecture, fit_options(), training_text, validation_text)
    first, second = new_trainer(*arguments), new_trainer(*arguments)
    path = tmp_path / "checkpoint.npz"
    interrupt(first, 1, path)
    second.restore(load_checkpoint(path))
    interrupt(second, 45, path)
    first.restore(load_checkpoint(path))
    first.run(Watcher().callbacks)
    assert_ended_alike(first, undisturbed(architecture).trainer)


def test_patience_ends_a_run_that_no_longer_improves(training_text, validation_text):
    options = fit_options(epochs=50, learning_rate=1e-9, patience=2, decays=False)
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    trainer.progress.best_loss = 0.0  # nothing can be better
    progress = trainer.run(Watcher().callbacks)
    assert len(progress.history) == 2


def test_minutes_end_a_run_in_the_middle_of_an_epoch(
    training_text, validation_text, monkeypatch
):
    seconds = itertools.count()  # one more each time that somebody looks
    clock = SimpleNamespace(monotonic=lambda: next(seconds))
    monkeypatch.setattr(training, "time", clock)
    options = fit_options(epochs=None, minutes=0.2)
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    progress = trainer.run(Watcher().callbacks)
    assert len(progress.history) == 1
    assert 0 < progress.step < trainer.num_batches


def test_the_best_weights_are_kept_and_not_the_last_after_an_interruption_too(
    training_text, validation_text, tmp_path
):
    options = fit_options(epochs=3, learning_rate=5.0, decays=False, clip_norm=None)
    arguments = (tiny_architecture(), options, training_text, validation_text)
    whole, watcher = new_trainer(*arguments), Watcher()
    whole.run(watcher.callbacks)
    losses = [row["validation_loss"] for row in watcher.rows]
    assert min(losses) == losses[0] < losses[-1]
    assert whole.validate()[0] == pytest.approx(losses[0], rel=1e-6)
    path = tmp_path / "checkpoint.npz"
    interrupt(new_trainer(*arguments), watcher.steps - 1, path)
    resumed = new_trainer(*arguments)
    resumed.restore(load_checkpoint(path))
    resumed.run(Watcher().callbacks)
    assert_ended_alike(resumed, whole)


def test_a_loss_that_explodes_goes_back_with_a_smaller_learning_rate(
    training_text, validation_text, caplog
):
    options = fit_options(learning_rate=100.0)
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    trainer.run(Watcher().callbacks)
    assert [row["rollbacks"] for row in trainer.progress.history] == [2, 2]
    assert all(row["learning_rate"] <= 1 for row in trainer.progress.history)
    assert "going back to the best weights, with a learning rate of 1." in caplog.text
    uniform = np.log(tiny_architecture().vocabulary_size)
    assert trainer.validate()[0] < uniform


def test_weights_that_are_no_numbers_go_back_to_the_best(
    training_text, validation_text
):
    options = fit_options()
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    trainer.model.get_layer("dense").bias.assign(np.full(5, np.nan))
    trainer.run(Watcher().callbacks)
    assert trainer.progress.rollbacks == 1
    assert trainer.progress.step == 2 * trainer.num_batches
    assert np.isfinite(trainer.progress.best_loss)


@pytest.mark.parametrize("rate", [1e6, 1e300])
def test_a_loss_that_always_explodes_is_said_with_its_cure(
    training_text, validation_text, rate
):
    options = fit_options(learning_rate=rate)
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    with pytest.raises(UserError, match="3 smaller learning rates.*--learning-rate"):
        trainer.run(Watcher().callbacks)


def test_a_run_that_explodes_after_good_epochs_keeps_the_best(
    training_text, validation_text
):
    options = fit_options(epochs=3)
    trainer = new_trainer(tiny_architecture(), options, training_text, validation_text)
    watcher = Watcher()

    def break_weights(row, weights):
        if row["epoch"] == 1:
            trainer.lost = 0.0  # from here on nothing is good enough

    callbacks = dataclasses.replace(watcher.callbacks, on_epoch=break_weights)
    progress = trainer.run(callbacks)
    assert len(progress.history) == 1
    assert trainer.validate()[0] == pytest.approx(progress.best_loss, rel=1e-6)


def test_a_run_that_went_back_resumes_to_the_same_weights(
    training_text, validation_text, tmp_path
):
    def start():
        trainer = new_trainer(
            tiny_architecture(), fit_options(), training_text, validation_text
        )
        trainer.options = dataclasses.replace(trainer.options, learning_rate=1e3)
        return trainer

    whole = start()
    whole.run(Watcher().callbacks)
    assert whole.progress.rollbacks > 0
    path = tmp_path / "checkpoint.npz"
    interrupt(start(), 4, path)
    resumed = start()
    resumed.restore(load_checkpoint(path))
    resumed.run(Watcher().callbacks)
    assert_ended_alike(resumed, whole)


def test_the_learning_rate_rises_and_falls():
    options = fit_options(learning_rate=1.0, warm_up=0.1)
    rates = [learning_rate(options, share) for share in (0, 0.05, 0.1, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] > rates[3] > rates[4] > 0
    constant = dataclasses.replace(options, decays=False)
    assert {learning_rate(constant, share) for share in (0, 0.3, 1)} == {1.0}


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    path = tmp_path / "checkpoint.npz"
    arrays = {"weights": {"a": np.arange(6.0).reshape(2, 3)}, "states": {}}
    save_checkpoint(path, Checkpoint(arrays, {"epoch": 3}))
    again = load_checkpoint(path)
    np.testing.assert_array_equal(again.arrays["weights"]["a"], arrays["weights"]["a"])
    assert again.record == {"epoch": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.npz"]


@pytest.mark.parametrize("content", [b"", b"no HDF5", None])
def test_a_missing_or_damaged_checkpoint_is_named(tmp_path, content):
    path = tmp_path / "checkpoint.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="checkpoint.npz"):
        load_checkpoint(path)


def test_an_unwritable_checkpoint_leaves_the_last_one_whole(tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, Checkpoint({}, {"epoch": 1}))
    broken = Checkpoint({"weights": {"a": np.array([object()])}}, {"epoch": 2})
    with pytest.raises(ValueError, match="Object arrays"):
        save_checkpoint(path, broken)
    assert load_checkpoint(path).record == {"epoch": 1}
