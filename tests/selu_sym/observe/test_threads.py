"""What is replaced while a model is observed, and who finds it replaced."""

from concurrent.futures import ThreadPoolExecutor

from selu_sym._observe.threads import ONE_AT_A_TIME, in_this_thread


def test_a_replacement_is_for_the_thread_that_made_it():
    call = in_this_thread(lambda: "replaced", lambda: "original")
    with ThreadPoolExecutor(1) as pool:
        assert (call(), pool.submit(call).result()) == ("replaced", "original")


def test_the_lock_may_be_taken_again_by_its_thread_only():
    def taken():
        return ONE_AT_A_TIME.acquire(blocking=False)

    with ONE_AT_A_TIME, ONE_AT_A_TIME, ThreadPoolExecutor(1) as pool:
        assert not pool.submit(taken).result()
