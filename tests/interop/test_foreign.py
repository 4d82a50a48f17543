"""What others' libraries issue is verified by us, line by line, and one changed character fails."""

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.badges.verifying import Verdict
from services.badges.vocabularies import DATA_INTEGRITY_V2, ED25519_2020_V1, PINNED, vocabulary
from tests.badges.foreign import LIST, STATUS, Elsewhere, badge, bit_list, checked, old_badge, reason

Issue = Callable[..., dict[str, Any]]
# What an Open Badge must always show; the rest its holder may leave out.
MANDATORY = [
    "/issuer",
    "/validFrom",
    "/name",
    "/credentialSubject/id",
    "/credentialSubject/achievement/id",
    "/credentialSubject/achievement/name",
    "/credentialSubject/achievement/description",
]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Of each letter the one that differs in its last bit alone, which at the end of a text may stand for nothing.
NEXT = {letter: LETTERS[at ^ 1] for at, letter in enumerate(LETTERS)}
CHOSEN = ["/credentialSubject/achievement/criteria/narrative"]


@pytest.fixture(scope="module")
def issue(node_modules: Path) -> Issue:
    """Has a badge issued by the JavaScript side."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH; install Node.js 20 or newer to compare with other implementations")

    def run(action: str, **more: Any) -> dict[str, Any]:
        documents = {url: vocabulary(url) for url in PINNED}
        request = {
            "action": action,
            "credential": badge(),
            "documents": documents,
            "now": "2026-10-01T09:30:15Z",
        }
        done = subprocess.run(
            [node, str(Path(__file__).with_name("foreign.mjs"))],
            input=json.dumps(request | more).encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


MADE: dict[str, tuple[str, dict[str, Any]]] = {
    "eddsa-rdfc-2022": ("proof", badge()),
    "ecdsa-rdfc-2019": ("byP256", badge()),
    "data model 1.1": ("proof", old_badge(DATA_INTEGRITY_V2)),
    "Ed25519Signature2020": ("earlier", old_badge(ED25519_2020_V1)),
}


@pytest.mark.parametrize("kind", MADE)
async def test_an_embedded_proof_made_there_is_valid_here(issue: Issue, kind: str) -> None:
    action, credential = MADE[kind]
    document = issue(action, credential=credential)
    found = await checked(document, Elsewhere())
    assert found.verdict is Verdict.VALID, reason(found, "proof")
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["achievement"]["name"] += "s"
    assert (await checked(changed, Elsewhere())).verdict is Verdict.ALTERED


async def test_a_part_that_its_holder_shows_is_valid_here(issue: Issue) -> None:
    document = issue("selected", mandatory=MANDATORY, selected=CHOSEN)
    assert "identifier" not in document["credentialSubject"]
    found = await checked(document, Elsewhere())
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    assert "ecdsa-sd-2023" in reason(found, "proof")
    for name in ("name", "description"):
        changed = copy.deepcopy(document)
        changed["credentialSubject"]["achievement"][name] += "s"
        assert (await checked(changed, Elsewhere())).verdict is Verdict.ALTERED
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["achievement"]["criteria"]["narrative"] += "s"
    assert (await checked(changed, Elsewhere())).verdict is Verdict.ALTERED
    del changed["credentialSubject"]["achievement"]["criteria"]
    assert (await checked(changed, Elsewhere())).verdict is Verdict.ALTERED
    value = document["proof"]["proofValue"]
    others = [value[:at] + NEXT[value[at]] + value[at + 1 :] for at in range(1, len(value), 7)]
    for other in (value[:-40], *others, value[:-1] + NEXT[value[-1]]):
        proof = document["proof"] | {"proofValue": other}
        assert (await checked(document | {"proof": proof}, Elsewhere())).verdict is Verdict.ALTERED, other


@pytest.mark.parametrize("outcome", ["expired", "not_yet_valid", "withdrawn", "valid"])
async def test_a_part_that_is_shown_has_every_outcome(issue: Issue, outcome: str) -> None:
    more: dict[str, Any] = {
        "expired": {"validUntil": "2026-10-01T12:00:00Z"},
        "not_yet_valid": {"validFrom": "2027-10-01T00:00:00Z"},
    }.get(outcome, {"credentialStatus": STATUS})
    mandatory = [*MANDATORY, *(f"/{name}" for name in more if name != "validFrom")]
    document = issue("selected", mandatory=mandatory, selected=CHOSEN, credential=badge(**more))
    elsewhere = Elsewhere()
    elsewhere.publish(LIST, bit_list("Bitstring", *((7,) if outcome == "withdrawn" else ())))
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict(outcome), [(line.name, line.finding.reason) for line in found.lines]
    assert (await checked(document | {"name": "Other"}, elsewhere)).verdict is Verdict.ALTERED


async def test_the_issuers_own_copy_is_not_for_showing(issue: Issue) -> None:
    found = await checked(issue("whole", mandatory=MANDATORY), Elsewhere())
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert "choose what to show" in reason(found, "proof")


@pytest.mark.parametrize("by", ["kid", "jwk"])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_signed_by_jose_is_valid_here(issue: Issue, algorithm: str, by: str) -> None:
    token = issue("token", algorithm=algorithm, by=by)["token"]
    found = await checked(token, Elsewhere())
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    head, payload, signature = token.split(".")
    changed = f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert (await checked(changed, Elsewhere())).verdict is Verdict.ALTERED
