"""What the demo comes to."""

from dataclasses import dataclass, field


@dataclass
class Figures:
    """What the demo counts. Letters are those in the sink, events those in the stream."""

    city: str
    organisations: int = 0
    activities: int = 0
    skills: int = 0
    learners: int = 0
    completions: int = 0
    badges_awarded: int = 0
    credentials_verified: int = 0
    pathways_completed: int = 0
    letters_sent: int = 0
    letters_duplicated: int = 0
    events_published: int = 0
    dead_letters: int = 0
    seconds: float = 0
    problems: list[str] = field(default_factory=list)
    sights: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        """The figures without what is wrong with them."""
        return {name: value for name, value in vars(self).items() if name not in ("problems", "sights")}

    def expect(self, **wanted: int) -> None:
        """Note each figure that is not what it must be."""
        for name, value in wanted.items():
            if getattr(self, name) != value:
                self.problems.append(f"{name} is {getattr(self, name)} and must be {value}")
