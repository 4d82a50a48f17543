"""Whether badges can sign: a wrong KEY_ENCRYPTION_KEY or PUBLIC_URL shows before any badge waits for it."""

from services.chassis.database import Database
from services.chassis.health import Check

from .domain.did import organisation_did
from .sealing import CannotOpenKey, unseal
from .settings import Settings
from .storage import keys
from .storage.keys import Key

LOOKED_AT = 20
_RESTORE = (
    "set KEY_ENCRYPTION_KEY to the one in the backup, or to the one that `city keys rewrap` sealed with;"
    " then start badges again"
)
_SET_BACK = "set PUBLIC_URL to what it was when this city was created; then start badges again"


async def signing_check(database: Database, settings: Settings) -> Check:
    """Whether the newest keys in use open, and are published under this PUBLIC_URL."""
    async with database.transaction() as session:
        found = await keys.newest(session, LOOKED_AT)
    moved = [
        each for each in found if each.did != organisation_did(settings.public_url, str(each.organisation))
    ]
    if moved:
        detail = (
            f"keys were made for {moved[0].did}, which PUBLIC_URL {settings.public_url} is not the home of"
        )
        return Check("signing keys", False, detail, _SET_BACK)
    if not all(_opens(each, settings) for each in found):
        detail = "KEY_ENCRYPTION_KEY is not the one that sealed the organisations' keys: nothing is signed"
        return Check("signing keys", False, detail, _RESTORE)
    return Check("signing keys", True, f"{len(found)} open" if found else "none yet")


def _opens(key: Key, settings: Settings) -> bool:
    try:
        unseal(key.sealed, key.did, settings.sealing_key)
    except CannotOpenKey:
        return False
    return True
