"""JSON-LD contexts and JSON Schemas shipped with the service, so that nothing is fetched to sign or verify.

What a signature means depends on every byte of these files: each is pinned by its SHA-256, and one that has
changed stops the service instead of signing something else. Origins and licences: the NOTICE beside them.
"""

import hashlib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_3_0_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
DID_V1 = "https://www.w3.org/ns/did/v1"
# For documents of others: the data model 1.1, earlier suites and earlier versions of Open Badges 3.0.
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
DATA_INTEGRITY_V1 = "https://w3id.org/security/data-integrity/v1"
ED25519_2020_V1 = "https://w3id.org/security/suites/ed25519-2020/v1"
JWS_2020_V1 = "https://w3id.org/security/suites/jws-2020/v1"
STATUS_LIST_2021_V1 = "https://w3id.org/vc/status-list/2021/v1"
BITSTRING_STATUS_LIST_V1 = "https://www.w3.org/ns/credentials/status/v1"
OPEN_BADGES_3_0_0 = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"
OPEN_BADGES_3_0_1 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
OPEN_BADGES_3_0_2 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
ACHIEVEMENT_CREDENTIAL_SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
PROFILE_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_profile_schema.json"

PINNED = MappingProxyType(
    {
        CREDENTIALS_V2: (
            "credentials-v2.json",
            "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        ),
        OPEN_BADGES_3_0_3: (
            "ob-v3p0-context-3.0.3.json",
            "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        ),
        OPEN_BADGES_EXTENSIONS: (
            "ob-v3p0-extensions.json",
            "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
        ),
        DATA_INTEGRITY_V2: (
            "data-integrity-v2.json",
            "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
        ),
        MULTIKEY_V1: (
            "multikey-v1.json",
            "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
        ),
        DID_V1: (
            "did-v1.json",
            "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
        ),
        CREDENTIALS_V1: (
            "credentials-v1.json",
            "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
        ),
        DATA_INTEGRITY_V1: (
            "data-integrity-v1.json",
            "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
        ),
        ED25519_2020_V1: (
            "ed25519-2020-v1.json",
            "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
        ),
        JWS_2020_V1: (
            "jws-2020-v1.json",
            "d648e05ddc6577827ca2bfd5e931f53e9ebc6e52a57a8da81df4ec8c46ffcd1e",
        ),
        STATUS_LIST_2021_V1: (
            "status-list-2021-v1.json",
            "634d71c159289f068c96012e4511c657fdf82ac4231900081bda3ba24e2e1160",
        ),
        BITSTRING_STATUS_LIST_V1: (
            "bitstring-status-list-v1.json",
            "fd08cbf28ddd829ab2f1978c48f43ab07a112c1c90245a0cfac7ba721c65170c",
        ),
        OPEN_BADGES_3_0_0: (
            "ob-v3p0-context-3.0.0.json",
            "9f1c8f9f361ba2994b9b50701f41149919542c50c7b7455b2846d87959295d72",
        ),
        OPEN_BADGES_3_0_1: (
            "ob-v3p0-context-3.0.1.json",
            "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
        ),
        OPEN_BADGES_3_0_2: (
            "ob-v3p0-context-3.0.2.json",
            "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
        ),
        ACHIEVEMENT_CREDENTIAL_SCHEMA: (
            "ob_v3p0_achievementcredential_schema.json",
            "b7358e895f492e74055dc6bfc7ffc420d0e497f90c4579fb83d9519b86d393ea",
        ),
        PROFILE_SCHEMA: (
            "ob_v3p0_profile_schema.json",
            "6b268f2caa591bf657e2a290e195713c41dc2db4e1c797723cfd00a1a83f8f13",
        ),
    }
)


class NotBundled(LookupError):
    """No vocabulary is shipped under this address, and none is ever fetched."""


class NotAsPinned(RuntimeError):
    """A shipped vocabulary differs from the bytes it is pinned to: reinstall the service."""


@cache
def vocabulary(url: str) -> dict[str, Any]:
    """The parsed file published at `url`. Shared between callers: do not change it.

    Raises NotBundled for an address that is not shipped, NotAsPinned where the file's hash is wrong.
    """
    if url not in PINNED:
        raise NotBundled(url)
    name, digest = PINNED[url]
    content = (Path(__file__).parent / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise NotAsPinned(name)
    parsed: dict[str, Any] = orjson.loads(content)
    return parsed
