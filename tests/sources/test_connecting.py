"""Several addresses of one host: the first that answers wins, and the others are let go."""

from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from spiders.connecting import NEXT_ADDRESS_S, _Race


class Attempt:
    """An endpoint that connects when it is told to."""

    def __init__(self) -> None:
        self.answer: Deferred[str] | None = None
        self.is_cancelled = False

    def connect(self, _: object) -> Deferred[str]:
        self.answer = Deferred(self._cancel)
        return self.answer

    def _cancel(self, _: object) -> None:
        self.is_cancelled = True

    def succeed(self) -> None:
        assert self.answer is not None
        self.answer.callback("protocol")

    def fail(self, why: str) -> None:
        assert self.answer is not None
        self.answer.errback(OSError(why))


class Running:
    """A race of three, its outcome as it comes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.first, self.second, self.third = self.attempts = [Attempt(), Attempt(), Attempt()]
        self.winner = _Race(self.clock, self.attempts, None).winner  # type: ignore[arg-type]  # fakes
        self.outcome: list[object] = []
        self.winner.addBoth(lambda result: self.outcome.append(getattr(result, "value", result)))

    @property
    def begun(self) -> list[bool]:
        return [attempt.answer is not None for attempt in self.attempts]


@pytest.fixture
def race() -> Iterator[Running]:
    running = Running()
    yield running
    assert running.clock.getDelayedCalls() == []


def test_the_first_address_alone_is_asked_while_it_answers_in_time(race: Running) -> None:
    race.clock.advance(NEXT_ADDRESS_S / 2)
    race.first.succeed()
    assert (race.begun, race.outcome) == ([True, False, False], ["protocol"])


def test_the_next_address_is_asked_at_once_when_one_refuses(race: Running) -> None:
    race.first.fail("refused")
    race.second.succeed()
    assert (race.begun, race.outcome) == ([True, True, False], ["protocol"])


def test_a_silent_address_keeps_the_next_waiting_for_a_moment_only_and_is_let_go(race: Running) -> None:
    race.clock.advance(NEXT_ADDRESS_S)
    race.second.succeed()
    assert (race.begun, race.outcome) == ([True, True, False], ["protocol"])
    assert race.first.is_cancelled


def test_when_all_refuse_the_last_refusal_is_told(race: Running) -> None:
    for attempt, why in zip(race.attempts, ("one", "two", "three"), strict=True):
        attempt.fail(why)
    assert [str(error) for error in race.outcome] == ["three"]


def test_who_gives_up_lets_all_addresses_go(race: Running) -> None:
    race.clock.advance(NEXT_ADDRESS_S)
    race.winner.cancel()
    assert [each.is_cancelled for each in race.attempts] == [True, True, False]
    assert len(race.outcome) == 1
