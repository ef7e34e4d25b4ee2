"""The budget of a run: hard, kept by setting aside the most a request can cost before it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from synth.teacher.call import Request
from synth.teacher.config import Teacher


@dataclass(slots=True)
class Budget:
    """Limits of one run and what it used. `max_requests=0` asks nobody and answers from the journal alone."""

    max_cost: float | None = None
    """US dollars."""
    max_requests: int | None = None
    """Every request sent counts, failed ones too."""
    requests: int = 0
    cost: float = 0.0
    """US dollars paid by this run."""
    held: float = 0.0
    """US dollars set aside for requests in flight."""
    stopped: str = ""
    """Why nothing more is asked; empty while there is room."""

    def take(self, request: Request, teacher: Teacher) -> float | None:
        """Sets aside the most this request can cost and returns it; None (and `stopped`) where it does not fit."""
        most = teacher.price.cost(request.most_in, request.most_out)
        if self.max_requests is not None and self.requests >= self.max_requests:
            self.stopped = self.stopped or f"max_requests {self.max_requests} reached"
        elif self.max_cost is not None and most > 0 and self.cost + self.held + most > self.max_cost:
            if self.held > 0:  # what comes back from the air may make room again
                return None
            self.stopped = (
                self.stopped
                or f"max_cost {self.max_cost:g} reached: ${self.cost:.4f} spent, the next may cost ${most:.4f}"
            )
        if self.stopped:
            return None
        self.requests += 1
        self.held += most
        return most

    def settle(self, held: float, cost: float) -> None:
        """A request came back: what was held is free again, what it cost is spent."""
        self.held = max(0.0, self.held - held)
        if self.held < 1e-12:
            self.held = 0.0
        self.cost += cost
