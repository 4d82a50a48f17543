"""A city as one process: starts its parts in order, watches them, starts again what falls, stops all cleanly.

The parts are PostgreSQL, NATS, the mail sink, the services and Caddy. They live in one data directory, and a
second start goes on from there.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import FrameType

from ..nats.permissions import OPERATOR
from . import caddy, child, parts, state
from .addresses import ADMIN_SETTING, Addresses
from .program import Program, Say, answers

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for the services to become ready
TRIES = 3  # falls of one program that the start of a city puts up with
LOOK_EVERY = 0.05
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Service:
    """A program of ours. In `command`, `{port}` stands for the port it is to listen on at 127.0.0.1.

    `secrets` are names of secrets it is handed as files in SECRETS_DIR, besides its NATS password; its
    `environment` comes on top of what every service is told (see `told`). `nice` says how far it makes way
    for the others where all have much to do (nice(2)).
    """

    name: str
    command: Sequence[str]
    secrets: Sequence[str] = ()
    environment: Callable[[Addresses], Mapping[str, str]] = lambda _: {}
    nice: int = 0


def nothing_to_prepare(_: Addresses) -> None:
    """A city whose services need no databases."""


@dataclass(frozen=True)
class Plan:
    """What is to run. `prepare` is called when PostgreSQL and NATS are ready and no service runs yet.

    `durables` are the NATS consumers of a service where it has others than the one named after it.
    """

    services: Sequence[Service]
    city: str = "city"
    public_url: str = "http://localhost:8080"
    directory: Path = state.DEFAULT_DIRECTORY
    durables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prepare: Callable[[Addresses], None] = nothing_to_prepare


@contextmanager
def running(plan: Plan, say: Say = lambda line: print(line, flush=True)) -> Iterator["City"]:
    """A healthy city for the length of the block; stopped in reverse order afterwards, whatever happens.

    SIGTERM and SIGHUP become KeyboardInterrupt, like Ctrl-C. Raises AlreadyRunning, PortBusy, StartFailed
    and other exceptions of this package, whose messages say what to do.
    """
    with state.lock(plan.directory), interruptible():
        city = City(plan, say)
        try:
            city.start()
            yield city
        finally:
            with undisturbed():
                city.stop()


class City:
    """The programs of one city, in the order in which they start."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self.plan, self.say = plan, say
        self.directory = plan.directory.resolve()
        self.addresses = Addresses(self.directory, {})
        self.groups: list[list[Program]] = []

    def start(self) -> None:
        """Start everything and wait until all of it is ready."""
        self._stop_leftovers()
        ports = {service.name: child.free_port() for service in self.plan.services}
        upstreams = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        mail = parts.mail_sink(self.directory)
        caddy.check_port(caddy.Door(self.plan.public_url, {}, self.directory / "caddy"))
        users = [service.name for service in self.plan.services]
        told = dict(upstreams)
        for part in chain([mail], parts.servers(self.directory, self.plan.city, users, self.plan.durables)):
            told |= part.parts
            self._begin([part.program], outlives_the_others=True)
        self.addresses = Addresses(self.directory, told)
        self._wait_ready([one for one in self.programs if one.name in parts.SERVERS])
        self.plan.prepare(self.addresses)
        self._begin([self._service(one, ports[one.name]) for one in self.plan.services])
        ways = {name: told[part] for name, part in caddy.WAYS.items() if part in told}
        door = caddy.Door(self.plan.public_url, upstreams | ways, self.directory / "caddy")
        self._begin([parts.caddy_program(door, self.directory)])
        self._wait_ready(self.programs)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Start again whatever falls, until `until()` or an interrupt.

        Runs in the main thread, where alone children can be started: work that goes on meanwhile has a
        thread of its own, and `until` asks whether it is done.
        """
        while not until():
            self.tend()
            time.sleep(LOOK_EVERY)  # children are watched from the main thread, by looking

    def tend(self) -> None:
        """Look after every program once and write down what changed."""
        changed = [program.tend(self.say) for program in self.programs]
        if any(changed):
            self._write_state()

    def stop(self) -> None:
        """Stop the programs, the last started first, those of one group together."""
        for group in reversed(self.groups):
            for program in group:
                program.ask_to_stop()
            for program in group:
                program.wait_stopped()
                self.say(f"{program.name}: stopped")
        self.groups = []
        state.forget(self.directory)

    @property
    def programs(self) -> list[Program]:
        """All of them, in the order of starting."""
        return [program for group in self.groups for program in group]

    def _begin(self, group: list[Program], outlives_the_others: bool = False) -> None:
        self.groups.insert(0 if outlives_the_others else len(self.groups), group)
        for program in group:
            program.start()
        self._write_state()

    def _wait_ready(self, wanted: list[Program]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not all(program.is_ready for program in wanted):
            self.tend()
            for program in wanted:
                if not program.is_ready and (program.restarts >= TRIES or time.monotonic() > deadline):
                    raise child.StartFailed(
                        f"{program.name} does not start (log: {program.log}):\n{child.tail(program.log)}"
                    )
            time.sleep(LOOK_EVERY)  # children are watched from the main thread, by looking

    def _service(self, service: Service, port: int) -> Program:
        url = f"http://127.0.0.1:{port}"
        return Program(
            service.name,
            [part.replace("{port}", str(port)) for part in service.command],
            parts.log(self.directory, service.name),
            lambda _: answers(f"{url}/{service.name}/health/ready"),
            url=url,
            environment=self._environment(service),
            nice=service.nice,
        )

    def _environment(self, service: Service) -> dict[str, str]:
        own = dict(service.environment(self.addresses))
        return self._inherited(service) | self._told(service) | own

    def _inherited(self, service: Service) -> dict[str, str]:
        """Our environment without what only an operator or another service may know."""
        others = {f"{one.name.upper()}_" for one in self.plan.services if one is not service}
        private = (ADMIN_SETTING, f"{OPERATOR.upper()}_NATS_", *others)
        return {name: value for name, value in os.environ.items() if not name.startswith(private)}

    def _told(self, service: Service) -> dict[str, str]:
        """What every service is told; see the settings of the chassis."""
        name = service.name
        password = f"{name}_nats_password"
        return {
            "PYTHONPATH": str(ROOT),
            "CITY": self.plan.city,
            "PUBLIC_URL": self.plan.public_url,
            f"{name.upper()}_DATABASE_URL": self.addresses.database_url(name),
            "NATS_URL": self.addresses.nats_url,
            f"{name.upper()}_NATS_USER": name,
            "SECRETS_DIR": str(self.addresses.secrets.handed_to(name, [password, *service.secrets])),
        }

    def _write_state(self) -> None:
        children = {
            one.name: state.ChildState(one.process.pid, one.url, one.mark, one.restarts)
            for one in self.programs
        }
        state.write(
            self.directory,
            state.CityState(
                os.getpid(), self.plan.city, self.plan.public_url, self.addresses.parts, children
            ),
        )

    def _stop_leftovers(self) -> None:
        """Children of a supervisor that was killed end with it on Linux; elsewhere they are stopped here."""
        last = state.read_last(self.directory)
        for name, left in reversed(list(last.children.items()) if last else []):
            if left.command and child.stop_orphan(left.pid, left.command):
                self.say(f"{name}: stopped, left over from an earlier run")


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block the way Ctrl-C does; once is enough, what follows is ignored."""

    def interrupt(number: int, _: FrameType | None) -> None:
        for one in ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt(signal.Signals(number).name)

    with handling(dict.fromkeys(ENDING, interrupt)):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing interrupts the block: stopping has begun and goes on to its end, which is bounded."""
    with handling(dict.fromkeys(ENDING, signal.SIG_IGN)):
        yield


@contextmanager
def handling(handlers: Mapping[signal.Signals, "signal._HANDLER"]) -> Iterator[None]:
    """These signal handlers for the length of the block."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
