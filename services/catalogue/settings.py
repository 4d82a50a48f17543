"""Settings of the catalogue, beside those every service has."""

from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from contracts.recipients import normal_address
from services.chassis.settings import Settings

from .domain.times import known_zone


class CatalogueSettings(Settings):
    """What the catalogue needs to run."""

    service: ClassVar[str] = "catalogue"

    token_key: SecretStr = Field(
        default=SecretStr(""),
        description="Ed25519 key that signs access tokens, as a private JWK; JWKS_FILE has its public half",
    )
    operator_addresses: str = Field(
        default="", description="addresses of the city's operators, separated by commas"
    )
    require_verification: bool = Field(
        default=True, description="whether an operator must verify an organisation before it publishes"
    )
    time_zone: str = Field(
        default="UTC", description="IANA time zone in which dates without a time are meant"
    )
    max_rows: int = Field(default=5000, ge=1, description="people in one list of completions")
    access_minutes: int = Field(default=10, ge=1, le=10, description="life of an access token, minutes")
    session_days: int = Field(
        default=30, ge=1, le=400, description="life of a session that is not used, days"
    )
    sign_in_minutes: int = Field(
        default=15, ge=1, le=60, description="life of a sign-in link or code, minutes"
    )
    sign_in_tries: int = Field(default=5, ge=1, description="wrong codes before the code is void")
    sign_in_per_address: int = Field(
        default=5, ge=1, description="sign-in letters to one address within SIGN_IN_MINUTES"
    )
    sign_in_per_client: int = Field(
        default=30, ge=1, description="sign-in requests of one network address within SIGN_IN_MINUTES"
    )

    @field_validator("operator_addresses")
    @classmethod
    def _addresses(cls, value: str) -> str:
        return ",".join(normal_address(address) for address in value.split(",") if address.strip())

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if not known_zone(value):
            raise ValueError("is no IANA time zone; write for example Europe/Helsinki")
        return value

    @property
    def operators(self) -> frozenset[str]:
        """The operators' addresses in their normal form."""
        return frozenset(self.operator_addresses.split(",")) - {""}
