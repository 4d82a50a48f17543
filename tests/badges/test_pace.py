"""One client may ask only so often, whatever others do, and is told when to come back."""

import pytest

from services.badges.pace import MOST_CLIENTS, Pace, client_name


def test_a_client_has_its_number_a_minute_and_waits_for_more() -> None:
    pace = Pace(6)
    assert [pace.wait("a", 100.0) for _ in range(6)] == [0.0] * 6
    assert pace.wait("a", 100.0) == pytest.approx(10)
    assert pace.wait("a", 109.0) == pytest.approx(1), "what came too early is not counted"
    assert pace.wait("b", 100.0) == 0
    assert pace.wait("a", 110.0) == 0
    assert pace.wait("a", 110.0) == pytest.approx(10)
    assert [pace.wait("a", 1000.0) for _ in range(7)] == [0.0] * 6 + [pytest.approx(10)]


def test_what_is_charged_counts_as_asked() -> None:
    pace = Pace(6)
    pace.charge("a", 0.0, 5)
    assert [pace.wait("a", 0.0), pace.wait("a", 0.0)] == [pytest.approx(0), pytest.approx(10)]
    pace.charge("a", 0.0, 60)
    assert pace.wait("a", 60.0) == pytest.approx(550)


def test_zero_is_no_limit() -> None:
    assert not any(Pace(0).wait("a", 0.0) for _ in range(1000))


def test_it_remembers_no_more_clients_than_it_may() -> None:
    pace = Pace(1)
    for number in range(MOST_CLIENTS + 10):
        pace.wait(str(number), 0.0)
    assert len(pace._used) == MOST_CLIENTS


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9%eth0", "2001:db8:1:2::/64"),
        ("/run/socket", "unknown"),
        (None, "unknown"),
    ],
)
def test_who_is_one_client(address: str | None, name: str) -> None:
    assert client_name(address) == name
