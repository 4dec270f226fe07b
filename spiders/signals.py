"""Scrapy's signals, without those that nobody hears."""

from typing import Any

from scrapy.signalmanager import SignalManager


class HeardSignals(SignalManager):
    """Scrapy tells of each step of each request; looking for receivers costs more than most of the steps."""

    def __init__(self, sender: object) -> None:
        super().__init__(sender)
        self._heard = set[object]()

    def connect(self, receiver: Any, signal: object, **kwargs: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        self._heard.add(signal)
        super().connect(receiver, signal, **kwargs)

    def send_catch_log(self, signal: object, **kwargs: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - same
        return super().send_catch_log(signal, **kwargs) if signal in self._heard else []
