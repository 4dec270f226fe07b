"""Growing pauses between tries."""

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Doubles from `first_s` to `longest_s`, both seconds."""

    first_s: float = 0.1
    longest_s: float = 5.0
    failures: int = 0
    """In a row."""

    def count_failure(self) -> float:
        """The pause before the next try, in seconds."""
        # 2**30 is beyond any pause; without the bound a long outage would make numbers of any size
        pause_s = self.first_s * 2.0 ** min(self.failures, 30)
        self.failures += 1
        return min(pause_s, self.longest_s)

    def end_failures(self) -> bool:
        """A try succeeded; had the ones before it failed?"""
        had_failed, self.failures = self.failures > 0, 0
        return had_failed
