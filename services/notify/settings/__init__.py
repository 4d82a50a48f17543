"""What notify needs to run."""

import socket
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from .gate import GateSettings
from .letters import LetterSettings
from .outside import OutsideSettings


class Settings(LetterSettings, OutsideSettings, GateSettings):
    """Settings of notify."""

    service: ClassVar[str] = "notify"

    instance: str = Field(
        default_factory=socket.gethostname,
        min_length=1,
        max_length=100,
        description="name of this process among its replicas; the same after a restart",
    )
    state_dir: Path = Field(
        default=Path(".city/notify"),
        description="directory for what the mail server has accepted; kept over restarts, one per instance",
    )
    lease_seconds: float = Field(
        default=120,
        gt=0,
        description="after this long without a sign of life, what an instance was sending is unknown",
    )
