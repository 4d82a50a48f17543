"""What `city top` makes of two readings."""

from pathlib import Path

from rich.console import Console

from deploy.commands.place import City
from deploy.commands.reading import READY, JobSeen, Labels, Reading, Said
from deploy.commands.top import picture
from deploy.onemachine.addresses import Addresses

CITY = City("testville", "https://city.test", Addresses(Path("nowhere"), {}), None)
NOTHING: Labels = frozenset()


def of(**labels: str) -> Labels:
    return frozenset(labels.items())


def shown(before: Reading, now: Reading) -> str:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123 (recorded)
    console.print(picture(CITY, before, now))
    console.file.close()
    return console.export_text()


def badges(issued: float) -> Said:
    return Said(READY, {"col_badges_issued_total": {NOTHING: issued}, "col_awards_due": {NOTHING: 7}})


def line(text: str, beginning: str) -> str:
    lines = (" ".join(each.split()) for each in text.splitlines())
    (found,) = [each for each in lines if each.startswith(beginning)]
    return found


def test_rates_are_of_the_time_between_two_looks() -> None:
    text = shown(Reading(10, {"badges": badges(100)}), Reading(12, {"badges": badges(3100)}))
    assert line(text, "awards issued") == "awards issued 1,500 7 due"


def test_a_counter_that_began_anew_has_no_rate() -> None:
    text = shown(Reading(10, {"badges": badges(100)}), Reading(12, {"badges": badges(5)}))
    assert line(text, "awards issued") == "awards issued - 7 due"


def test_a_service_that_is_away_is_shown_as_such() -> None:
    away = Said("does not answer")
    text = shown(Reading(0, {"notify": away}), Reading(1, {"notify": away}))
    assert line(text, "notify").startswith("notify does not answer")
    assert line(text, "letters sent") == "letters sent 0 none wait"


def test_letters_by_state_consumers_and_errors() -> None:
    requests = "http_server_duration_seconds_count"
    metrics = {
        "col_letters_now": {of(state="queued", service="notify"): 12.0, of(state="unknown"): 1.0},
        "col_letters_total": {of(state="sent"): 30.0, of(state="failed"): 4.0},
        "col_consumer_pending": {of(consumer="notify"): 5.0, of(consumer="notify-feed"): 6.0},
        requests: {of(status="200", route="/a"): 10.0, of(status="500", route="/b"): 2.0},
    }
    now = Reading(1, {"notify": Said(READY, metrics)})
    text = shown(Reading(0, {"notify": Said(READY)}), now)
    assert line(text, "letters sent") == "letters sent 30 12 queued, 1 unknown"
    assert "notify 5, notify-feed 6" in line(text, "notify ready")
    assert line(text, "notify ready").startswith("notify ready 12 2 ")


def test_bulk_awards_show_how_far_they_are() -> None:
    job = JobSeen("0199a0b0-0000-7000-8000-000000000001", "running", 30, 50_000, 12_500)
    now = Reading(1, {"badges": badges(0)}, (job,))
    told = line(shown(now, now), job.id)
    assert "running" in told and "12,500 of 50,000" in told and "━" in told
