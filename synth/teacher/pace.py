"""How fast one teacher is asked: additive increase, multiplicative decrease on 429, Retry-After obeyed.

A 429 shuts the gate for as long as the teacher says. When it opens again, the rate is set a little under what the
teacher took in the second before, and creeps up from there. All rates are a second; times are of one monotonic clock.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

DECREASE = 0.9
INCREASE = 0.02
"""Share of the rate regained each second without a 429."""
SEARCH = 1.0
"""The same while the rate is unknown: doubled each second."""
_WINDOW = 1.0
_BURST = 0.05
"""Seconds' worth of requests that may go at once."""
_SLOWEST = 0.5
"""Found from a 429 in a quiet second; slower still is what rpm and Retry-After say."""


class Pace:
    """When the next request may be sent."""

    def __init__(self, rpm: float | None, tpm: float | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._cap = rpm / 60 if rpm else math.inf
        self._tokens = tpm / 60 if tpm else math.inf
        self.rate = self._cap
        self._searching = False
        self._next = self._next_tokens = clock()
        self._grown = clock()
        self._gate = -math.inf
        self._shut_at: float | None = None
        self._strikes = 0
        self._taken: deque[float] = deque()
        """When the requests were sent that were not turned down, of the last window."""
        self._turned_down = 0

    def delay(self) -> float:
        """Seconds until the next request may be sent; 0: now."""
        now = self._clock()
        if now < self._gate:
            return self._gate - now
        self._open(now)
        self._grow(now)
        wait = max(self._next - _BURST, self._next_tokens - _WINDOW) - now
        return max(0.0, wait)

    def sent(self, tokens: int) -> float:
        """Notes one request of about so many tokens; returns when it was sent."""
        now = self._clock()
        if math.isfinite(self.rate):
            self._next = max(self._next, now) + 1 / self.rate
        if math.isfinite(self._tokens):
            self._next_tokens = max(self._next_tokens, now) + tokens / self._tokens
        self._taken.append(now)
        while self._taken and self._taken[0] < now - 2 * _WINDOW:
            self._taken.popleft()
        return now

    def answered(self, guessed: int, used: int) -> None:
        """A request was taken and used so many tokens."""
        self._strikes = 0
        if used and math.isfinite(self._tokens):
            self._next_tokens -= (guessed - used) / self._tokens

    def turned_down(self, sent: float, retry_after: float | None) -> None:
        """A 429 for the request sent then: shuts the gate. Those already in the air add no second penalty."""
        now = self._clock()
        if sent in self._taken:
            self._taken.remove(sent)
        self._turned_down += 1
        if self._shut_at is None:
            self._shut_at = now
            self._strikes += 1
        if retry_after is None:
            retry_after = min(30.0, 0.5 * 2 ** (self._strikes - 1))
            if now < self._gate:  # one guess an episode; the teacher's own word may lengthen it
                return
        self._gate = max(self._gate, now + retry_after)

    def _open(self, now: float) -> None:
        if self._shut_at is None:
            return
        taken = sum(self._shut_at - _WINDOW <= t <= self._shut_at for t in self._taken)
        measured = taken / _WINDOW
        # Few taken of many: the burst says nothing about the rate, so look for it from below.
        self._searching = taken < self._turned_down
        fair = measured if not math.isfinite(self.rate) else min(measured, self.rate)
        self.rate = min(self._cap, max(_SLOWEST, DECREASE * fair))
        self._shut_at = None
        self._turned_down = 0
        self._next = self._grown = now

    def _grow(self, now: float) -> None:
        if math.isfinite(self.rate):
            share = SEARCH if self._searching else INCREASE
            self.rate = min(self._cap, self.rate * (1 + share) ** (now - self._grown))
        self._grown = now
