import pytest

from services.badges.sealing import CannotOpenKey, rewrap, seal, unseal

OLD, NEW, DID = bytes(32), bytes([1]) * 32, "did:web:city.test:issuers:a"


def test_a_secret_is_sealed_under_a_new_key_and_opens_with_that_alone() -> None:
    sealed = rewrap(seal(b"secret", DID, OLD), DID, OLD, NEW)
    assert unseal(sealed, DID, NEW) == b"secret"
    with pytest.raises(CannotOpenKey):
        unseal(sealed, DID, OLD)


def test_what_is_sealed_under_the_new_key_already_stays_as_it_is() -> None:
    sealed = seal(b"secret", DID, NEW)
    assert rewrap(sealed, DID, OLD, NEW) == sealed


@pytest.mark.parametrize("did", [DID, "did:web:city.test:issuers:b"])
def test_what_opens_with_neither_key_is_refused(did: str) -> None:
    third = bytes([2]) * 32
    with pytest.raises(CannotOpenKey):
        rewrap(seal(b"secret", DID, third), did, OLD, NEW)
