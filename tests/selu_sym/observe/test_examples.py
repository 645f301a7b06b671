"""Which examples are chosen, of arrays and of batches."""

import numpy as np
import pytest

from selu_sym._observe import examples


@pytest.mark.parametrize(
    ("count", "chosen"), [(1, [0]), (2, [0, 9]), (4, [0, 3, 6, 9]), (99, list(range(10)))]
)
def test_examples_of_arrays_are_evenly_spaced(count, chosen):
    inputs = [np.arange(10), np.arange(20).reshape(10, 2)]
    first, second = examples.evenly_spaced(inputs, count)
    assert first.tolist() == chosen
    assert second.tolist() == [[2 * place, 2 * place + 1] for place in chosen]


def batches(*sizes, width=2):
    """Yield batches of two inputs, whose numbers go on from batch to batch."""
    start = 0
    for size in sizes:
        numbers = np.arange(start, start + size)
        yield [numbers, np.repeat(numbers[:, None], width, axis=1)]
        start += size


@pytest.mark.parametrize("count", [1, 4, 5, 6, 11, 12, 99])
def test_the_first_examples_of_batches(count):
    first, second = examples.first(batches(5, 5, 2), count, np.concatenate)
    assert first.tolist() == list(range(min(count, 12)))
    assert np.array_equal(second[:, 1], first)


def test_no_batch_is_read_that_is_not_needed():
    iterator = batches(5, 5, 2)
    examples.first(iterator, 10, np.concatenate)
    ((number, _), *_) = next(iterator)
    assert number == 10


def test_examples_of_another_shape_end_it():
    mixed = [*batches(5), *batches(3, width=7), *batches(5)]
    (numbers, _) = examples.first(iter(mixed), 99, np.concatenate)
    assert len(numbers) == 5


@pytest.mark.parametrize("given", [[], [[np.empty(0)]], [[np.empty(0)], [np.empty(0)]]])
def test_no_examples(given):
    with pytest.raises(ValueError, match="data must hold examples, got none"):
        examples.first(iter(given), 3, np.concatenate)
    with pytest.raises(ValueError, match="data must hold examples, got none"):
        examples.evenly_spaced([np.empty((0, 3))], 3)
