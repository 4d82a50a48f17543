"""The secrets of a city that outlive any server: made once, checked ever after, handed to who needs them.

<directory>/secrets/...                every secret; all of it belongs to the backup
<directory>/secrets/for/<service>/...  what one service may read: its SECRETS_DIR
<directory>/public/jwks.json           public keys that verify access tokens: every service's JWKS_FILE
"""

import stat
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from secrets import token_hex

from .nats import outside, permissions
from .onemachine import child
from .onemachine.addresses import Addresses
from .onemachine.secret_files import SecretFiles, public_key_set, write_whole

TOKEN_KEY = "catalogue_token_key"  # noqa: S105 - names, here and below
RECIPIENT_SECRET = "recipient_secret"  # noqa: S105 - a name
KEY_ENCRYPTION_KEY = "badges_key_encryption_key"
WEBHOOK_SECRET = "notify_webhook_secret"  # noqa: S105 - a name
NATS_ISSUER_KEY = "notify_nats_issuer_key"
NATS_CALLOUT_KEY = "notify_nats_callout_key"
UNCHANGING = (RECIPIENT_SECRET, KEY_ENCRYPTION_KEY, WEBHOOK_SECRET)
# What a service may read beside its database URL and NATS password; files are named like the settings.
OF_SERVICE: dict[str, tuple[str, ...]] = {
    "catalogue": (RECIPIENT_SECRET, TOKEN_KEY),
    "badges": (RECIPIENT_SECRET, KEY_ENCRYPTION_KEY),
    "pathways": (),
    "notify": (
        WEBHOOK_SECRET,
        NATS_ISSUER_KEY,
        NATS_CALLOUT_KEY,
    ),
}


def jwks_file(directory: Path) -> Path:
    """Where the public keys are."""
    return directory / "public" / "jwks.json"


def make(directory: Path, secrets: SecretFiles) -> None:
    """Make the city's own secrets where they are not there yet, and publish the public key."""
    key = secrets.signing_key(TOKEN_KEY)
    sealing = secrets.path(KEY_ENCRYPTION_KEY)
    if not sealing.exists():
        with child.private_umask():
            write_whole(sealing, token_hex(32))
    secrets.text(RECIPIENT_SECRET)
    secrets.text(WEBHOOK_SECRET)
    public = jwks_file(directory)
    if not public.exists():
        write_whole(public, public_key_set(key))
        public.parent.chmod(0o755)
        public.chmod(0o644)


def callout(secrets: SecretFiles, services: Iterable[str]) -> outside.Callout | None:
    """The public halves of the keys by which integrations are let in to NATS; None in a city without notify.

    The private halves are 32 random bytes each, made the first time. They may be replaced: who is connected
    then has to connect anew.
    """
    if outside.GATEKEEPER not in services:
        return None
    from services.notify.nkeys import Issuer, Seal  # not there where the service is not

    issuer, seal = (unpadded(secrets.text(name)) for name in (NATS_ISSUER_KEY, NATS_CALLOUT_KEY))
    return outside.Callout(Issuer(issuer).public, Seal(seal).public)


def unpadded(text: str) -> bytes:
    """The bytes of URL-safe base64 without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def unchanging(secrets: SecretFiles) -> dict[str, str]:
    """The secrets that a city can never change, by name."""
    return {name: secrets.text(name) for name in UNCHANGING}


def hand_over(addresses: Addresses, city: str, services: Iterable[str]) -> None:
    """Lay out files for containers: a folder for each service, and `for/nats/accounts.conf`."""
    secrets, names = addresses.secrets, list(services)
    passwords = {user: addresses.nats_password(user) for user in (*names, permissions.OPERATOR)}
    with child.private_umask():
        write_whole(
            secrets.path("for/nats/accounts.conf"),
            permissions.render(city, passwords, callout=callout(secrets, names)),
        )
        for name in names:
            folder = secrets.handed_to(name, [f"{name}_nats_password", *OF_SERVICE[name]])
            write_whole(folder / f"{name}_database_url", addresses.database_url(name))


def exposed(secrets: SecretFiles) -> Iterator[Path]:
    """Secrets that somebody else on this machine could read."""
    for path in sorted(secrets.directory.rglob("*")):
        if path.is_file() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield path
