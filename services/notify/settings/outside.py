"""The settings of integrations: the feed of public events and the webhooks."""

from pydantic import Field, SecretStr, field_validator

from services.chassis.settings import Settings as ChassisSettings


class OutsideSettings(ChassisSettings):
    """What notify needs to tell systems outside of the city's events."""

    organisations_integrate: bool = Field(
        default=True, description="whether owners may register integrations, and not operators alone"
    )
    feed_days: int | None = Field(
        default=None, ge=30, description="days the feed of public events goes back; none: to the first one"
    )
    streams_per_integration: int = Field(
        default=10, ge=1, description="event streams an integration may hold open, per process"
    )
    stream_heartbeat_seconds: float = Field(
        default=15, gt=0, le=300, description="longest silence in a stream of events, seconds"
    )
    webhook_secret: SecretStr = Field(
        description="what every subscription's secret follows from: at least 32 random characters; part of"
        " the backup, as receivers would refuse everything signed by another",
    )
    webhook_retries: tuple[float, ...] = Field(
        default=(0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
        min_length=1,
        description="delays before each try of a delivery, the first one's too: a JSON list of seconds",
    )
    webhook_timeout: float = Field(
        default=20, gt=0, le=60, description="longest wait for a receiver's whole answer, seconds"
    )
    webhook_connections: int = Field(
        default=4, ge=1, le=50, description="requests to one subscription at once, per process"
    )
    webhook_requests: int = Field(
        default=200, ge=1, le=5000, description="requests to all subscriptions at once, per process"
    )
    webhook_give_up_days: float = Field(
        default=5, gt=0, description="days of failure, without a success, that switch a subscription off"
    )
    webhook_keep_days: float = Field(
        default=30, gt=0, description="days that settled deliveries and attempts are kept"
    )
    webhook_log_bytes: int = Field(
        default=2000, ge=0, le=20000, description="of each request and answer in the delivery log, characters"
    )
    webhook_allowed_hosts: str = Field(
        default="",
        description="hosts, by spaces, that may receive webhooks though they are not public, also over http",
    )
    subscriptions_per_integration: int = Field(
        default=100, ge=1, description="most subscriptions of one integration"
    )

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().encode()) < 32:
            raise ValueError("set at least 32 random characters; it can never change afterwards")
        return value

    @property
    def webhook_key(self) -> bytes:
        """The secret behind every subscription's."""
        return self.webhook_secret.get_secret_value().encode()

    @property
    def webhook_hosts(self) -> frozenset[str]:
        """Hosts that may be reached though they are not public."""
        return frozenset(self.webhook_allowed_hosts.split())
