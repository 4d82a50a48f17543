"""Who took part in what in the demo city. No chance in it: the same people do the same things every time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from .facts import Activity, Completion, Enrolment, Learner, Playlist

COMPLETIONS = 600
"""How many completions the demo's organisers confirm, over all activities."""


def _rank(*words: str) -> bytes:
    """A shuffled order that is the same on every machine and Python, which `random` does not promise."""
    return sha256("/".join(words).encode()).digest()


def _starters(playlist: Playlist, learners: Iterable[Learner]) -> list[str]:
    """Who starts a playlist: first those who finish it, then those who lack its last mandatory step."""
    ranked = sorted((learner.address for learner in learners), key=lambda who: _rank(playlist.key, who))
    return ranked[: playlist.finish + playlist.halfway]


def enrolments(playlists: Iterable[Playlist], learners: Sequence[Learner]) -> Iterator[Enrolment]:
    """Who has started which playlist; everybody who completes one has started it."""
    for playlist in playlists:
        yield from (Enrolment(who, playlist.key) for who in _starters(playlist, learners))


def completions(
    playlists: Sequence[Playlist], learners: Sequence[Learner], past: Sequence[Activity]
) -> tuple[Completion, ...]:
    """Who completed which of the `past` activities, in their order; each learner each activity once."""
    # A dict for a set that keeps its order.
    took_part = dict.fromkeys(pair for playlist in playlists for pair in _way(playlist, learners))
    _fill(took_part, playlists, learners, past)
    goers: dict[str, list[str]] = defaultdict(list)
    for who, activity in took_part:
        goers[activity].append(who)
    return tuple(
        _completion(who, activity, turn) for activity in past for turn, who in enumerate(goers[activity.key])
    )


def _way(playlist: Playlist, learners: Sequence[Learner]) -> Iterator[tuple[str, str]]:
    """Learner and activity for each step taken; every second finisher takes the optional ones too."""
    mandatory = [step for step in playlist.steps if step.mandatory]
    for place, who in enumerate(_starters(playlist, learners)):
        whole = playlist.steps if place % 2 == 0 else mandatory
        for step in whole if place < playlist.finish else mandatory[:-1]:
            for activity in sorted(step.of, key=lambda key: _rank(who, key))[: step.need]:
                yield who, activity


def _fill(
    took_part: dict[tuple[str, str], None],
    playlists: Iterable[Playlist],
    learners: Iterable[Learner],
    past: Sequence[Activity],
) -> None:
    """Adds visits until there are COMPLETIONS, outside every playlist: nobody completes one by accident.

    Whoever has been nowhere yet comes first; no activity takes more than it has room for.
    """
    on_a_way = {key for playlist in playlists for step in playlist.steps for key in step.of}
    room = {
        a.key: (a.capacity or COMPLETIONS) * max(1, len(a.sessions)) for a in past if a.key not in on_a_way
    }
    busy = Counter(who for who, _ in took_part)
    queue = sorted((learner.address for learner in learners), key=lambda who: (busy[who], _rank(who)))
    for who in queue * len(room):
        free = [key for key in room if room[key] and (who, key) not in took_part]
        if free and len(took_part) < COMPLETIONS:
            chosen = min(free, key=lambda key: _rank(who, key))
            took_part[who, chosen] = None
            room[chosen] -= 1


def _completion(who: str, activity: Activity, turn: int) -> Completion:
    """The sessions of an activity that repeats are filled in turn."""
    if activity.sessions:
        session = activity.sessions[turn % len(activity.sessions)].starts.date()
        return Completion(who, activity.key, completed_on=session, session=session)
    assert activity.ends is not None, "only what is over is completed here"
    return Completion(who, activity.key, completed_on=activity.ends.date(), session=None)
