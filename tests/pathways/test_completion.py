"""Progress follows the facts, and is told once."""

from uuid import UUID

from .conftest import NOW, City, Learner


async def test_earning_every_mandatory_step_completes_the_pathway(city: City, learner: Learner) -> None:
    first, second, third, fourth = city.achievements
    pathway = await city.pathway((1, [first, second], True), (1, [third], True), (1, [fourth], False))
    started = await city.start(learner, pathway)
    assert started["completed_at"] is None and started["mandatory_steps"] == 2

    await city.hear(city.awarded(learner, second))
    assert len(await city.told("step.completed")) == 1
    await city.hear(city.awarded(learner, third, awarded_at=NOW))

    (done,) = await city.told("pathway.completed")
    assert UUID(done["recipient"]) == learner.recipient and UUID(done["pathway"]) == pathway
    assert len(await city.told("step.completed")) == 2
    progress = await city.http.get(f"/pathways/{pathway}/progress", headers=city.of(learner))
    assert progress.json()["mandatory_done"] == 2 and progress.json()["next_step"] is None


async def test_badges_earned_before_the_start_count(city: City, learner: Learner) -> None:
    await city.hear(*(city.awarded(learner, achievement) for achievement in city.achievements))
    started = await city.start(learner, await city.pathway())
    assert started["completed_at"] is not None
    assert len(await city.told("pathway.completed")) == 1


async def test_what_is_told_in_public_names_no_recipient(city: City, learner: Learner) -> None:
    await city.hear(*(city.awarded(learner, achievement) for achievement in city.achievements))
    await city.start(learner, await city.pathway())
    for kind in ("pathway.started", "step.completed", "pathway.completed"):
        for fact in await city.told(kind, plane="pub"):
            assert "recipient" not in fact
