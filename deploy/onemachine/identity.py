"""Who PostgreSQL runs as. It refuses root, so as root it gets another face or another user."""

import functools
import os
import pwd
import tempfile
from pathlib import Path

from . import child


@functools.cache
def postgres_identity() -> str:
    """The leash's identity for PostgreSQL: `same`, `mapped` (a user namespace), or `UID:GID`.

    The user namespace comes first: inside it the server still reads everything root owns, such as a
    virtual environment under a 0700 home. Where the kernel forbids it (many containers), the server
    becomes the system's `postgres` or `nobody`, which must then be able to read the binaries.
    """
    if os.geteuid() != 0:
        return "same"
    with tempfile.TemporaryDirectory() as scratch:
        if child.spawn(["true"], Path(scratch, "log"), identity="mapped").wait() == 0:
            return "mapped"
    return plain_user()


def plain_user() -> str:
    """`UID:GID` of the system's PostgreSQL user, else of nobody."""
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    return f"{user.pw_uid}:{user.pw_gid}"


def give(directory: Path) -> None:
    """Make a directory of ours belong to whoever PostgreSQL runs as; nothing to do unless we are root."""
    if os.geteuid() != 0:
        return
    identity = postgres_identity()
    uid, gid = (int(part) for part in identity.split(":")) if ":" in identity else (0, 0)
    if directory.stat().st_uid == uid:
        return
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, uid, gid, follow_symlinks=False)
