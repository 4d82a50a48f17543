"""A city that is watched, and what is done in it so that there is something to see."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from deploy.commands.place import find
from deploy.commands.token import Mint

from .collector import Collector

BOSS, OWNER, LEARNER = "boss@example.org", "owner@example.org", "lena.learner@example.org"


@dataclass
class Watched:
    """A city that runs, its collector, and what was made in it."""

    directory: Path
    url: str
    collector: Collector

    def __post_init__(self) -> None:
        """Tokens are made with the city's own key."""
        self.mint = Mint(find(self.directory))
        self.operator = self.mint.token(BOSS, operator=True)

    def post(
        self, path: str, token: str, body: object = None, trace: str = "", early: tuple[int, ...] = ()
    ) -> Any:
        """The answer to a POST; what is `early` is asked again until the news has arrived there."""
        headers = {"Authorization": f"Bearer {token}"}
        headers |= {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"} if trace else {}
        deadline = time.monotonic() + 30
        while True:
            answer = httpx.post(self.url + path, json=body, headers=headers, timeout=30)
            if answer.status_code not in early or time.monotonic() > deadline:
                assert answer.is_success, answer.text
                return answer.json() if answer.content else None
            time.sleep(0.1)

    def offer(self) -> None:
        """An organisation, its badge, a playlist that the learner follows, and an integration."""
        told = {"name": "Youth Lab", "owner": OWNER, "language": "en"}
        organisation = self.post("/organisations", self.operator, told)["id"]
        self.post(f"/organisations/{organisation}/verify", self.operator)
        self.owner = self.mint.token(OWNER, roles={UUID(organisation): ["owner", "editor", "issuer"]})
        told = {"name": "Helper", "description": "Helped.", "criteria": "Help.", "language": "en"}
        told |= {"organisation": organisation}
        self.badge = self.post("/achievements", self.owner, told, early=(403, 404, 409))["id"]
        step = {"title": "Help", "need": 1, "achievements": [self.badge]}
        told = {"name": "Way", "description": "A way.", "language": "en", "organisation": organisation}
        made = self.post("/pathways", self.owner, told | {"steps": [step]}, early=(422,))["id"]
        self.post(f"/pathways/{made}/publish", self.owner, early=(403,))
        self.post(f"/pathways/{made}/start", self.mint.token(LEARNER), {})

    def subscribe(self, url: str) -> None:
        """An integration has badges posted to that address."""
        client = self.post("/oauth/clients", self.operator, {"name": "HR", "scopes": ["events:read"]})
        told = {"name": "HR", "contact": "it@example.org", "client": client["id"]}
        made = self.post("/integrations", self.operator, told, early=(404, 409, 422))["id"]
        told = {"integration": made, "name": "HR", "url": url, "types": ["badges.badge.awarded.v1"]}
        self.post("/subscriptions", self.operator, told)

    def award(self, addresses: list[str], trace: str, occasion: str) -> None:
        """Award the badge to these people."""
        people = [{"address": address, "language": "en"} for address in addresses]
        told = {"achievement": self.badge, "recipients": people, "occasion": occasion}
        self.post("/awards", self.owner, told, trace, early=(404,))
