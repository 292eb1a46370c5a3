"""The progress bar beside records that do not say their step, as of Hugging Face's Trainer.

Such a bar is drawn anew behind each record, and from time to time between them: behind a record first stands how far
the training was when it was written. Where a bar is drawn once a record, it belongs to what follows it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ProgressBar:
    """How far a training's bar has come; bars of evaluations have another end, and are left out.

    Args:
        latest, latest_end: of whatever bar was drawn last.
        end, done: of the training's; 0 while there is none.
        before: where it stood at the open record.
        behind, drawn: where it stood first behind that record, and how often it was drawn since.
        late: it is drawn behind the record it belongs to, as the first record had none before it.
        step: of the latest record.
    """

    latest: float = 0.0
    latest_end: float = 0.0
    end: float = 0.0
    done: float = 0.0
    before: float = 0.0
    behind: float = 0.0
    drawn: int = 0
    late: bool = False
    step: float = 0.0

    def draw(self, done: float, end: float) -> None:
        self.latest, self.latest_end = done, end
        if end == self.end and done >= self.done:
            self.done, self.drawn = done, self.drawn + 1
            self.behind = done if self.drawn == 1 else self.behind
        elif self.drawn:  # an evaluation's, which begins behind the record
            self.drawn += 1

    def record(self) -> None:
        """A record of the training is written."""
        if not self.end and self.latest_end > 1 and self.latest <= self.latest_end:
            self.end, self.done = self.latest_end, self.latest
            self.late = self.done == 0
        self.before, self.drawn = self.done, 0

    def settled(self) -> float | None:
        """The step of the record that was open, of which nothing more will be written; None where that is unknown.

        Example:
            >>> bar = ProgressBar()
            >>> bar.draw(8, 600); bar.record(); bar.draw(10, 600); bar.draw(11, 600)
            >>> bar.settled()
            10
        """
        step = self.behind if self.drawn > 1 or (self.late and self.drawn) else self.before
        if not self.end or step <= self.step:
            return None
        self.step = step
        return step
