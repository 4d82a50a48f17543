"""Who PostgreSQL runs as. It refuses root, so as root it gets another face or another user."""

import functools
import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import child


@functools.cache
def identity_for(program: Path, place: Path) -> str:
    """The leash's identity for PostgreSQL: `same`, `mapped` (a user namespace), or `UID:GID`.

    As root it is the first one that can reach both the program and `place`, an existing directory. The user
    namespace leads: inside it the server reads everything root owns, such as a virtual environment under a
    0700 home. Where the kernel forbids it (many containers), or root works in somebody else's closed home,
    it is that owner, else the system's `postgres` or `nobody`.
    """
    if os.geteuid() != 0:
        return "same"
    for identity in root_identities(place):
        if reaches(identity, program, place):
            return identity
    raise child.StartFailed(
        f"PostgreSQL does not run as root, and no other user can reach both {program} and {place}: "
        "work as an ordinary user, or move the two to where every user may enter"
    )


def root_identities(place: Path) -> Iterator[str]:
    """Who could run PostgreSQL on behalf of root, the preferred first."""
    yield "mapped"
    owner = place.stat()
    if owner.st_uid != 0:
        yield f"{owner.st_uid}:{owner.st_gid}"
    users = {user.pw_name: user for user in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in users:
            yield f"{users[name].pw_uid}:{users[name].pw_gid}"


def reaches(identity: str, program: Path, place: Path) -> bool:
    """Whether that identity exists here, may run the program and may enter the directory."""
    question: list[str | Path] = ["test", "-x", program, "-a", "-x", place]
    with tempfile.TemporaryDirectory() as scratch:
        return child.spawn(question, Path(scratch, "log"), identity=identity).wait() == 0


def give(directory: Path, identity: str) -> None:
    """Make a directory of ours belong to the identity; nothing to do unless we are root."""
    if os.geteuid() != 0:
        return
    uid, gid = (int(part) for part in identity.split(":")) if ":" in identity else (0, 0)
    if directory.stat().st_uid == uid:
        return
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, uid, gid, follow_symlinks=False)
