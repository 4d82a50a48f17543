"""Frozen vectors of the recipient id.

None of these may ever change: an id already given to an address would become somebody else's. A new case may
be added; where an existing one fails, the code is wrong, not the vector.
"""

from uuid import UUID

import idna
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.recipients import BadAddress, normal_address, recipient_id

SECRET = b"a secret of the frozen vectors"

NORMAL = {
    # trimmed
    "aino@example.org": "aino@example.org",
    "  aino@example.org\t\r\n": "aino@example.org",
    "\u00a0aino@example.org\u3000": "aino@example.org",
    # case
    "Aino.Virtanen@Example.ORG": "aino.virtanen@example.org",
    "ÄÖÅ@example.org": "äöå@example.org",
    "ΠΈΤΡΟΣ@example.org": "πέτροσ@example.org",
    "πέτρος@example.org": "πέτροσ@example.org",
    "STRAUSS@example.org": "strauss@example.org",
    "strauß@example.org": "strauss@example.org",
    "STRAUẞ@example.org": "strauss@example.org",
    # the Turkish letters: I is i, the dotless one stays itself, the dotted capital keeps its dot
    "IRMAK@example.org": "irmak@example.org",
    "ırmak@example.org": "ırmak@example.org",
    "İrmak@example.org": "i̇rmak@example.org",
    # composed and decomposed are one, compatibility forms are not
    "zoe\u0308@example.org": "zo\u00eb@example.org",
    "zo\u00eb@example.org": "zo\u00eb@example.org",
    "\ufb01nn@example.org": "finn@example.org",
    "x\u00b2@example.org": "x\u00b2@example.org",
    # dots and plus tags are mailboxes of their own
    "a.b.c@example.org": "a.b.c@example.org",
    "abc@example.org": "abc@example.org",
    "aino+badges@example.org": "aino+badges@example.org",
    "o'brien!#$%&*/=?^_`{|}~-@example.org": "o'brien!#$%&*/=?^_`{|}~-@example.org",
    "अनन्या@example.org": "अनन्या@example.org",
    "李伟@example.org": "李伟@example.org",
    # domains
    "x@example.org.": "x@example.org",
    "x@sub.example.co.uk": "x@sub.example.co.uk",
    "x@1.example.org": "x@1.example.org",
    "x@bücher.example": "x@xn--bcher-kva.example",
    "x@BÜCHER.example": "x@xn--bcher-kva.example",
    "x@bu\u0308cher.example": "x@xn--bcher-kva.example",
    "x@xn--bcher-kva.example": "x@xn--bcher-kva.example",
    "x@XN--BCHER-KVA.example": "x@xn--bcher-kva.example",
    "x@例え.テスト": "x@xn--r8jz45g.xn--zckzah",
    "x@例え。テスト": "x@xn--r8jz45g.xn--zckzah",
    "x@ｅｘａｍｐｌｅ．ｏｒｇ": "x@example.org",
    "x@пример.испытание": "x@xn--e1afmkfd.xn--80akhbyknj4f",
    # sharp s and final sigma are letters of their own: straße.de and strasse.de have two owners
    "x@straße.de": "x@xn--strae-oqa.de",
    "x@STRASSE.de": "x@strasse.de",
    "x@STRAẞE.de": "x@xn--strae-oqa.de",
    "x@βόλος.com": "x@xn--nxasmm1c.com",
    "x@βόλοσ.com": "x@xn--nxasmq6b.com",
    "x@İstanbul.example": "x@xn--istanbul-o0e.example",
}

BAD = [
    "", " ", "@", "aino", "@example.org", "aino@", "aino@example", "aino@@example.org", "a@b@example.org",
    "aino@.org", "aino@example..org", "aino@example.org..", ".aino@example.org", "aino.@example.org",
    "a..b@example.org", "ai no@example.org", "aino@exam ple.org", "aino@-example.org", "aino@example-.org",
    "aino@exa_mple.org", "aino@exa!mple.org", "aino@127.0.0.1", "aino@[127.0.0.1]", "aino@[IPv6:::1]",
    '"aino"@example.org', "Aino <aino@example.org>", "aino@example.org, said@example.org",
    "aino@example.org;said@example.org", "mailto:aino@example.org", "aino(work)@example.org",
    "ai\\no@example.org",
    "aino@example.org\nBcc: said@example.org", "ai\x00no@example.org", "ai\x7fno@example.org",
    "ai\u200bno@example.org", "ai\u202eno@example.org", "ai\u00adno@example.org", "ai\ue000no@example.org",
    "ai\ud800no@example.org", "aino@ex\u200dample.org", "aino@ex\ufe0fample.org", "aino@ex\uff20ample.org",
    "aino\uff20example.org", "aino@ex\u3164ample.org", "aino@" + "a" * 64 + ".org",
    "aino@" + "ä" * 60 + ".org",
    "a" * 243 + "@example.org",
    "aino@" + ".".join(["日本" * 12] * 8) + ".org",
]  # fmt: skip

IDS = {
    "aino@example.org": "dd1d8e81-ef75-8dd5-a9fa-fcd596ff572c",
    "Aino@Example.org ": "dd1d8e81-ef75-8dd5-a9fa-fcd596ff572c",
    "aino+badges@example.org": "af7c37be-03c8-8681-8f81-984a386c9e8e",
    "x@straße.de": "495635e5-ee7f-89ec-af30-7db67138595f",
    "x@strasse.de": "0ca2db36-b6b1-88fc-aa6c-7319cc25bc08",
    "李伟@example.org": "c073dc73-3a85-8682-b3be-57fb6e4a3ec8",
}


WORDS = st.text(st.characters(categories=("L", "Mn", "Nd")), min_size=1, max_size=20)


@pytest.mark.parametrize(("written", "normal"), NORMAL.items(), ids=map(ascii, NORMAL))
def test_the_normal_form_is_frozen(written: str, normal: str) -> None:
    assert normal_address(written) == normal


@pytest.mark.parametrize("address", BAD, ids=lambda address: ascii(address)[:40])
def test_what_is_not_one_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(BadAddress) as refused:
        normal_address(address)
    assert len(str(refused.value)) > 20
    with pytest.raises(BadAddress):
        recipient_id(address, SECRET)


@pytest.mark.parametrize(("address", "expected"), IDS.items(), ids=map(ascii, IDS))
def test_the_id_of_an_address_is_frozen(address: str, expected: str) -> None:
    assert recipient_id(address, SECRET) == UUID(expected)


def test_another_secret_gives_another_id() -> None:
    assert recipient_id("aino@example.org", SECRET) != recipient_id("aino@example.org", SECRET + b"!")


@given(st.emails())
def test_an_id_is_a_uuid_of_version_8(address: str) -> None:
    try:
        found = recipient_id(address, SECRET)
    except BadAddress:
        assume(False)
    assert found.version == 8
    assert found.int >> 62 & 0b11 == 0b10


@given(WORDS, WORDS)
def test_a_normal_form_is_its_own_normal_form(local: str, label: str) -> None:
    """Whichever of the two a service stored, it finds the same id."""
    try:
        normal = normal_address(f"{local}@{label}.example.org")
    except BadAddress:
        assume(False)
    assert normal_address(normal) == normal
    assert normal.rpartition("@")[2].isascii()


@given(WORDS)
def test_domains_are_read_as_idna_2008_reads_them(label: str) -> None:
    """Compared with an implementation of its own, over whatever that accepts."""
    try:
        theirs = idna.encode(f"{label}.example.org", uts46=True, transitional=False).decode()
        ours = normal_address(f"x@{label}.example.org")
    except (idna.IDNAError, BadAddress):
        assume(False)
    assert ours == f"x@{theirs}"


_ASCII = st.text("aZ9.-_+'xn@ ", min_size=1, max_size=12)


@given(st.builds("{}@{}.{}".format, _ASCII, _ASCII, _ASCII) | _ASCII)
def test_the_quick_way_for_plain_addresses_leads_where_the_long_one_does(address: str) -> None:
    def normal(text: str) -> str:
        try:
            return normal_address(text)
        except BadAddress:
            return "refused"

    # A space at the end is trimmed, and keeps an address from being taken for a plain one.
    assert normal(address) == normal(address + " ")
