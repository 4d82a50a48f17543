"""Joining an activity: until when, for whom, and how many."""

from datetime import datetime

from .activity import Activity, NotPublished


class Over(Exception):
    """The activity has ended; look for another one."""


class Full(Exception):
    """Every place is taken; look for another one, or ask the organiser."""


class AgeNeeded(Exception):
    """The activity is for certain ages; give your age. It is not stored."""

    field = "body.age"


class NotYourAge(Exception):
    """The activity is for other ages; see age_from and age_to."""

    field = "body.age"


class NotJoined(Exception):
    """You have not joined this activity."""


def check_may_join(activity: Activity, taken: int, age: int | None, now: datetime) -> None:
    """Refuse a join that makes no sense; `taken` is how many others have joined, `age` in years.

    Raises NotPublished, Over, AgeNeeded, NotYourAge, Full.
    """
    if activity.state != "published":
        raise NotPublished
    if activity.over(now):
        raise Over
    _check_age(activity, age)
    if activity.capacity is not None and taken >= activity.capacity:
        raise Full


def _check_age(activity: Activity, age: int | None) -> None:
    if activity.age_from is None and activity.age_to is None:
        return
    if age is None:
        raise AgeNeeded
    if age < (activity.age_from or 0) or (activity.age_to is not None and age > activity.age_to):
        raise NotYourAge
