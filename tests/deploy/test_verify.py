"""`city verify` without any network: a file, and a folder of what is trusted."""

import json
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from uvicorn.middleware.proxy_headers import _TrustedHosts as uvicorn_trusts

from services.badges.checking.worlds import NotATrustStore, trust_store
from tests.badges.foreign import LIST, STATUS, badge, bit_list
from tests.badges.issuing_elsewhere import DID_KEY, MULTIKEY, with_proof

DID = "did:web:issuer.example:radio"
METHOD = {"id": f"{DID}#1", "type": "Multikey", "controller": DID, "publicKeyMultibase": MULTIKEY}


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    folder = tmp_path / "trust"
    folder.mkdir()
    document = {"id": DID, "verificationMethod": [METHOD], "assertionMethod": [METHOD["id"]]}
    (folder / "radio.json").write_bytes(orjson.dumps(document))
    (folder / "issuers.txt").write_text(f"# known by its key\n{DID_KEY}\n")
    (folder / "status.json").write_bytes(orjson.dumps(bit_list()))
    return folder


def city_verify(*arguments: object) -> tuple[int, dict[str, str]]:
    command = [sys.executable, "-m", "deploy.cli", "verify", "--json", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_badges_of_trusted_issuers_are_valid_and_others_are_not(trust: Path, tmp_path: Path) -> None:
    file = tmp_path / "badge.json"
    file.write_bytes(orjson.dumps(with_proof(badge(DID), verificationMethod=METHOD["id"])))
    code, found = city_verify(file, "--trust", trust, "--address", "a@example.com")
    assert (code, found["outcome"]) == (0, "valid")
    assert len(found["checks"]) == 8
    file.write_bytes(orjson.dumps(with_proof(badge(credentialStatus=STATUS))))
    assert city_verify(file, "--trust", trust)[1]["outcome"] == "valid"
    (trust / "issuers.txt").unlink()
    (trust / "status.json").unlink()
    code, found = city_verify(file, "--trust", trust)
    assert (code, found["outcome"]) == (1, "unknown_issuer")


def test_a_trust_store_knows_documents_by_their_addresses(trust: Path) -> None:
    documents, issuers = trust_store(trust)
    assert {DID, "https://issuer.example/radio/did.json", LIST} == set(documents)
    assert {DID, DID_KEY} < issuers
    (trust / "broken.json").write_text("[]")
    with pytest.raises(NotATrustStore, match=r"broken\.json"):
        trust_store(trust)


def test_what_is_not_there_is_said_in_words() -> None:
    command = [sys.executable, "-m", "deploy.cli", "verify", "nothing.png"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.startswith("city: nothing.png")) == (1, True)


def test_in_a_container_the_client_is_the_one_whom_the_edge_names() -> None:
    """Else everybody would be one client, and all would wait for one who asks too often."""
    dockerfile = (Path(__file__).parents[2] / "deploy" / "Dockerfile").read_text()
    (trusted,) = re.findall(r"FORWARDED_ALLOW_IPS=(\S+)", dockerfile)
    hosts = uvicorn_trusts(trusted)
    assert all(each in hosts for each in ("127.0.0.1", "172.18.0.5", "10.42.0.7", "fd00::7"))
    assert not any(each in hosts for each in ("192.0.2.7", "203.0.113.9", "2001:db8::7"))
    assert hosts.get_trusted_client_address("198.51.100.1, 203.0.113.9")[0] == "203.0.113.9"
