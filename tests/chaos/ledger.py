"""What was asked beside what happened: every difference is a sentence."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .effects import Effects
from .postoffice import REFUSED
from .workload import Asked

# Each line says of what there may be no second one, by the keys in an event's data.
ONCE = {
    "col.badges.badge.awarded.v1": ("award",),
    "col.pathways.pathway.started.v1": ("enrolment",),
    "col.pathways.step.completed.v1": ("enrolment", "step"),
    "col.pathways.pathway.completed.v1": ("enrolment",),
    "col.notify.letter.sent.v1": ("letter",),
    "col.notify.letter.failed.v1": ("letter",),
}


@dataclass
class Ledger:
    """Both halves. `ambiguous` letters may be in doubt, by what was done to notify and to the mail; `refused`
    may have failed, since the mail server said so; webhooks are due from behind position `subscribed` on."""

    asked: Asked
    effects: Effects
    ambiguous: int
    refused: int
    subscribed: int
    facts: Counter[str] = field(default_factory=Counter)

    def differences(self) -> list[str]:
        """All of them; an empty list is a city in which nothing was lost and nothing happened twice."""
        checks = (
            self._awards,
            self._facts,
            self._sequences,
            self._feed,
            self._letters,
            self._webhooks,
            self._dead,
        )
        return [sentence for check in checks for sentence in check()]

    def _awards(self) -> Iterator[str]:
        asked, have = self.asked.awards, self.effects.awards
        yield from amount("awards lost", (asked - have).total())
        yield from amount("awards doubled or never asked for", (have - asked).total())
        yield from amount("awards without a credential", self.effects.without_credential)
        yield from amount("bulk awards lost or begun twice", len(self.effects.jobs ^ set(self.asked.jobs)))

    def _facts(self) -> Iterator[str]:
        """Each fact once in the stream, whatever the id of the event that tells it."""
        told = Counter(key for event in self.effects.facts if (key := fact(event)))
        self.facts.update(key[0] for key in told)
        yield from (f"told twice: {key}" for key, times in told.items() if times > 1)
        awarded = {key[1] for key in told if key[0] == "col.badges.badge.awarded.v1"}
        yield from amount("awards that no event tells of", len(self.effects.award_ids - awarded))
        wanted = {
            "col.badges.badge.awarded.v1": self.asked.awards.total(),
            "col.pathways.pathway.started.v1": len(self.asked.enrolments),
            "col.pathways.step.completed.v1": self.asked.steps,
            "col.pathways.pathway.completed.v1": self.asked.finished,
        }
        for kind, number in wanted.items():
            if self.facts[kind] != number:
                yield f"{kind}: {self.facts[kind]} instead of {number}"

    def _sequences(self) -> Iterator[str]:
        for name, producer in self.effects.producers.items():
            numbers = list(range(1, len(producer.numbers) + 1))
            if producer.numbers != numbers:
                yield f"{name}: the numbers in its journal have gaps or repeats"
            if producer.in_stream != set(numbers):
                missing = set(numbers) - producer.in_stream
                yield f"{name}: the stream lacks {len(missing)} of its numbers: {sorted(missing)[:5]}"

    def _feed(self) -> Iterator[str]:
        positions = [position for position, _ in self.effects.feed]
        if positions != list(range(1, len(positions) + 1)):
            yield "the positions of the feed have gaps or repeats"
        ids = [id_ for _, id_ in self.effects.feed]
        yield from amount("events twice in the feed", len(ids) - len(set(ids)))
        public = set[str]().union(*(each.public for each in self.effects.producers.values()))
        yield from amount("public events that the feed lacks", len(public - set(ids)))

    def _letters(self) -> Iterator[str]:
        letters = self.effects.letters
        taken = letters.taken
        yield from amount("letters twice at the mail server", sum(times > 1 for times in taken.values()))
        states = Counter(letters.states.values())
        if states.total() != self.asked.letters:
            yield f"{states.total()} letters instead of {self.asked.letters}"
        yield from amount("letters of no known end", states.total() - sum(states[each] for each in ENDS))
        yield from amount("letters sent that never arrived", len(self._in("sent") - taken.keys()))
        yield from amount("letters failed that arrived", len(self._in("failed") & taken.keys()))
        yield from self._excuses(states)

    def _excuses(self, states: Counter[str]) -> Iterator[str]:
        """What did not go well has a reason among the faults."""
        if states["unknown"] > self.ambiguous:
            yield f"{states['unknown']} letters are unknown, where {self.ambiguous} may be"
        failed = self._in("failed")
        unexplained = [
            one for one in failed if REFUSED.partition(" ")[2] not in self.effects.letters.reasons[one]
        ]
        yield from amount("letters failed though nobody refused them", len(unexplained))
        if len(failed) > self.refused:
            yield f"{len(failed)} letters failed, where {self.refused} were refused"

    def _in(self, state: str) -> set[str]:
        return {id_ for id_, each in self.effects.letters.states.items() if each == state}

    def _webhooks(self) -> Iterator[str]:
        got: dict[str, set[bytes]] = {}
        for each in self.effects.webhooks:
            got.setdefault(each.id, set()).add(each.body)
        due = {id_ for position, id_ in self.effects.feed if position > self.subscribed}
        yield from amount("events that no webhook brought", len(due - got.keys()))
        yield from amount("webhooks for events before the subscription", len(got.keys() - due))
        yield from amount(
            "webhooks of one id that say different things", sum(len(each) > 1 for each in got.values())
        )
        undelivered = self.effects.deliveries.total() - self.effects.deliveries["delivered"]
        yield from amount("deliveries that did not succeed", undelivered)

    def _dead(self) -> Iterator[str]:
        yield from (f"dead letter of {each.consumer}: {each.reason}" for each in self.effects.dead)
        yield from (f"refused by {what}: {times}" for what, times in self.effects.refused.items())

    def summary(self) -> dict[str, object]:
        """The counts."""
        effects = self.effects
        ids = Counter(each.id for each in effects.webhooks)
        return {
            "awards": effects.awards.total(),
            "bulk jobs": len(self.asked.jobs),
            "steps completed": self.facts["col.pathways.step.completed.v1"],
            "playlists completed": self.facts["col.pathways.pathway.completed.v1"],
            "events by producer": {name: len(each.numbers) for name, each in effects.producers.items()},
            "public events in the feed": len(effects.feed),
            "letters by state": dict(Counter(effects.letters.states.values())),
            "letters at the mail server": effects.letters.taken.total(),
            "letters that may be unknown": self.ambiguous,
            "webhooks": ids.total(),
            "webhooks that came again": ids.total() - len(ids),
            "dead letters": len(effects.dead),
        }


ENDS = ("sent", "failed", "unknown")


def fact(event: dict[str, Any]) -> tuple[str, ...] | None:
    """What an event says that can be true once only."""
    keys: Iterable[str] | None = ONCE.get(event["type"])
    return (event["type"], *(event["data"][name] for name in keys)) if keys else None


def amount(what: str, number: int) -> Iterator[str]:
    """A sentence, unless there is none of it."""
    if number:
        yield f"{what}: {number}"
