"""Which examples are chosen, of arrays and of batches."""

import numpy as np
import pytest

from selu_sym._observe import examples


def joined(batches):
    return [
        np.concatenate(arrays) for arrays in zip(*(arrays for arrays, _ in batches), strict=True)
    ]


@pytest.mark.parametrize(
    ("count", "chosen"), [(1, [0]), (2, [0, 9]), (4, [0, 3, 6, 9]), (99, list(range(10)))]
)
def test_examples_of_arrays_are_evenly_spaced(count, chosen):
    inputs = [np.arange(10), np.arange(20).reshape(10, 2)]
    first, second = joined(examples.of_arrays(inputs, count, list))
    assert first.tolist() == chosen
    assert second.tolist() == [[2 * place, 2 * place + 1] for place in chosen]


def test_the_caller_says_how_large_the_next_batch_may_be():
    batches = examples.of_arrays([np.arange(500)], 400, lambda arrays: arrays[0])
    sizes = [next(batches)[1]]
    for size in (100, None, 999):
        sizes.append(batches.send(size)[1])
    assert sizes == [32, 100, 100, 168]


def test_no_batch_is_of_one_example_if_there_are_more():
    assert [count for _, count in examples.of_arrays([np.arange(33)], 99, list)] == [33]


@pytest.mark.parametrize(
    ("taken", "count", "size"), [(2**20, 32, 2048), (2**33, 32, 32), (0, 32, 2**31)]
)
def test_batches_are_as_large_as_memory_allows(taken, count, size):
    assert examples.next_size(taken, count) == size


def batches(*sizes, width=2):
    """Yield batches of two inputs, whose numbers go on from batch to batch."""
    start = 0
    for size in sizes:
        numbers = np.arange(start, start + size)
        yield [numbers, np.repeat(numbers[:, None], width, axis=1)], list
        start += size


@pytest.mark.parametrize("count", [1, 4, 5, 6, 11, 12, 99])
def test_the_first_examples_of_batches(count):
    first, second = joined(examples.of_batches(batches(5, 5, 2), count))
    assert first.tolist() == list(range(min(count, 12)))
    assert np.array_equal(second[:, 1], first)


def test_no_batch_is_read_that_is_not_needed():
    iterator = batches(5, 5, 2)
    list(examples.of_batches(iterator, 10))
    ([number, *_], _), _ = next(iterator)
    assert number == 10


def test_examples_of_another_shape_end_it():
    mixed = [*batches(5), *batches(3, width=7), *batches(5)]
    (numbers, _) = joined(examples.of_batches(iter(mixed), 99))
    assert len(numbers) == 5


@pytest.mark.parametrize("given", [[], [np.empty(0)], [np.empty(0), np.empty(0)]])
def test_no_examples(given):
    with pytest.raises(ValueError, match="data must hold examples, got none"):
        list(examples.of_batches((([array], list) for array in given), 3))
    with pytest.raises(ValueError, match="data must hold examples, got none"):
        list(examples.of_arrays([np.empty((0, 3))], 3, list))


def test_what_cannot_be_batches():
    with pytest.raises(ValueError, match="got one of single numbers: pass the whole array"):
        list(examples.of_batches([([np.float64(3)], list)], 9))
    with pytest.raises(ValueError, match="as many examples each, got 3, 4"):
        list(examples.of_arrays([np.ones(3), np.ones(4)], 9, list))


def test_a_bar_counts_examples_and_passes_sizes_on(capsys):
    shown = examples.with_bar(examples.of_arrays([np.arange(100.0)], 100, list))
    counts = [next(shown)[1], shown.send(60)[1], shown.send(60)[1]]
    assert counts == [32, 60, 8]
    with pytest.raises(StopIteration):
        shown.send(60)
    assert "100 examples" in capsys.readouterr().err
