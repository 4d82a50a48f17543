"""From a published activity to an issued badge."""

from uuid import UUID

from contracts.badges import AchievementPublished, BadgeAwarded
from services.badges.domain.shown import achievement_id
from services.chassis.testing import ORIGIN
from tests.badges.service.town import ACTIVITY, LEARNER, ORGANISATION, Facts, Town


async def test_a_completed_activity_leads_to_a_badge(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()

    achievement = achievement_id(ACTIVITY)
    (published,) = await town.told(AchievementPublished, "pub")
    assert published["achievement"] == str(achievement)
    assert published["picture"] == f"{ORIGIN}/achievements/{achievement}/1/image.png"
    assert published["source"] == {"kind": "activity", "id": str(ACTIVITY)}
    (awarded,) = await town.told(BadgeAwarded)
    assert UUID(awarded["recipient"]) == LEARNER
    assert awarded["claim"].startswith(f"{ORIGIN}/claims/")
    (public,) = await town.told(BadgeAwarded, "pub")
    assert {"recipient", "claim"}.isdisjoint(public)
    assert public["organisation"] == str(ORGANISATION)
    assert awarded["occasion"] == f"activity:{ACTIVITY}"
