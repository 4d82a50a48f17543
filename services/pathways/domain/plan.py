"""What a pathway asks for: steps, each `need n of these achievements`, mandatory or optional."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

MAX_STEPS = 50
MAX_ACHIEVEMENTS = 50  # of one step
MAX_NAME = 200  # characters
MAX_DESCRIPTION = 5_000  # characters


class BadPlan(Exception):
    """The plan of a pathway cannot be followed as it is written; `field` names the part at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Step:
    """One step: earn `need` of the `achievements`. Only mandatory steps are needed for completion."""

    id: UUID
    title: str
    need: int
    achievements: tuple[UUID, ...]
    mandatory: bool = True


@dataclass(frozen=True)
class Plan:
    """The whole of a pathway in one version. Raises BadPlan where nobody could complete it."""

    name: str
    description: str
    language: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not any(step.mandatory for step in self.steps):
            raise BadPlan("make at least one step mandatory", "body.steps")
        if len(self.steps) > MAX_STEPS:
            raise BadPlan(f"at most {MAX_STEPS} steps", "body.steps")
        if len({step.id for step in self.steps}) < len(self.steps):
            raise BadPlan("two steps have the same id; leave it out of a new step", "body.steps")
        for place, step in enumerate(self.steps):
            _check(step, f"body.steps.{place}")

    def achievements(self) -> Iterator[tuple[str, UUID]]:
        """Every achievement asked for, with the place where it stands."""
        for place, step in enumerate(self.steps):
            for number, achievement in enumerate(step.achievements):
                yield f"body.steps.{place}.achievements.{number}", achievement


def _check(step: Step, field: str) -> None:
    if len(step.achievements) > MAX_ACHIEVEMENTS:
        raise BadPlan(f"at most {MAX_ACHIEVEMENTS} achievements in a step", f"{field}.achievements")
    if len(set(step.achievements)) < len(step.achievements):
        raise BadPlan("an achievement is listed twice; list it once", f"{field}.achievements")
    if not 1 <= step.need <= len(step.achievements):
        raise BadPlan(f"need 1 to {len(step.achievements)}, as many as are listed", f"{field}.need")
