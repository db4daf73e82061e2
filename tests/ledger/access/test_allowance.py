"""How many requests an address may make, by a clock that the test turns."""

from whence_ledger.access.allowance import MAX_ADDRESSES, Allowance


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(allowance: Allowance, address: str, attempts: int) -> int:
    return sum(allowance.take(address) for _ in range(attempts))


def test_an_address_has_a_burst_that_comes_back_with_time_and_no_further() -> None:
    clock = Clock()
    allowance = Allowance(20, 0.5, clock)
    assert taken(allowance, "a", 30) == 20
    clock.now += 4
    assert taken(allowance, "a", 30) == 2
    clock.now += 86_400
    assert taken(allowance, "a", 30) == 20


def test_an_address_uses_nothing_of_anothers() -> None:
    allowance = Allowance(20, 0.5, Clock())
    assert taken(allowance, "a", 1000) == taken(allowance, "b", 1000) == 20


def test_many_addresses_take_no_more_memory_and_the_busiest_stays_known() -> None:
    allowance = Allowance(2, 0.5, Clock())
    assert taken(allowance, "busy", 5) == 2
    for number in range(3 * MAX_ADDRESSES):
        allowance.take(str(number))
        if number % 1000 == 0:
            assert not allowance.take("busy")
    assert len(allowance._left) == MAX_ADDRESSES
