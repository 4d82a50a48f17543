"""What pathways needs to run."""

from typing import ClassVar

from pydantic import Field

from services.chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """Settings of pathways."""

    service: ClassVar[str] = "pathways"

    require_verification: bool = Field(
        default=True, description="whether an organisation must be verified before it publishes"
    )
