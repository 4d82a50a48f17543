"""What the canonicaliser refuses: whatever a signature would not cover, and graphs that take for ever."""

import copy
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from services.badges.canonical import canonicalise
from services.badges.contexts import CannotCanonicalise
from services.badges.domain.badge import Credential
from services.badges.domain.credential import CONTEXTS, Document, credential_document
from services.badges.vocabularies import vocabulary

pytestmark = pytest.mark.usefixtures("undisturbed")

Change = Callable[[Document], object]


def achievement_of(document: Document) -> Document:
    achievement: Document = document["credentialSubject"]["achievement"]
    return achievement


REFUSED: dict[str, tuple[Change, str]] = {
    "an undefined term": (lambda it: it.update(colour="red"), "colour"),
    "a term of another type's": (lambda it: it.update(targetName="a"), "targetName"),
    "a term that only a nested type defines": (
        lambda it: it["credentialSubject"].update(criteria={}),
        "credentialSubject.criteria",
    ),
    "an absolute IRI as a term": (lambda it: it.update({"https://a.example/b": "c"}), "https://a.example/b"),
    "a keyword": (lambda it: it["issuer"].update({"@id": "did:web:b"}), "issuer.@id"),
    "a language-tagged value": (
        lambda it: achievement_of(it).update(name={"@value": "a", "@language": "en"}),
        "credentialSubject.achievement.name.@value",
    ),
    "a map of languages": (
        lambda it: achievement_of(it).update(name={"en": "a"}),
        "credentialSubject.achievement.name.en",
    ),
    "an undefined type": (lambda it: it.update(type=["VerifiableCredential", "Medal"]), "Medal"),
    "a type that is no text": (lambda it: it.update(type=[7]), "type"),
    "a relative id": (lambda it: it.update(id="/credentials/1"), "id"),
    "a blank id": (lambda it: it.update(id="_:b0"), "id"),
    "an id that is no text": (lambda it: it.update(id=7), "id"),
    "a relative reference": (
        lambda it: it["credentialStatus"].update(statusListCredential="status/1"),
        "credentialStatus.statusListCredential",
    ),
    "an id that closes its brackets": (lambda it: it.update(id="urn:a> <urn:b> <urn:c> .\n<urn:d"), "id"),
    "an id with a bad escape": (lambda it: it.update(id="https://a.example/%zz"), "IRI"),
    "an IRI whose scheme is a term": (lambda it: it.update(type=["name:Badge"]), "name:Badge"),
    "a control character": (lambda it: it.update(name="a\x00"), "name"),
    "a delete character": (lambda it: achievement_of(it).update(tag=["a\x7f"]), "tag"),
    "half a surrogate pair": (lambda it: it.update(name="\ud83d"), "name"),
    "a code point that is no character": (lambda it: it.update(name="\uffff"), "name"),
    "nothing": (lambda it: it.update(name=None), "name"),
    "a fraction": (lambda it: it["credentialSubject"].update(creditsEarned=2.5), "creditsEarned"),
    "a number beyond doubles": (
        lambda it: it["credentialSubject"].update(creditsEarned=2**53 + 1),
        "creditsEarned",
    ),
    "a number as an id": (lambda it: it.update(credentialStatus=True), "credentialStatus"),
    "an empty list": (lambda it: it.update(evidence=[]), "evidence"),
    "a list in a list": (lambda it: it.update(evidence=[["https://a.example"]]), "evidence"),
    "an ordered container": (
        lambda it: achievement_of(it).update(
            resultDescription=[{"id": "urn:r", "type": ["ResultDescription"], "allowedValue": ["a"]}]
        ),
        "allowedValue: container @list",
    ),
    "a graph container": (
        lambda it: it.update(proof={"type": "DataIntegrityProof"}),
        "proof: container @graph",
    ),
    "a nested context": (lambda it: it["issuer"].update({"@context": CONTEXTS[0]}), "issuer.@context"),
    "an unknown context": (lambda it: it.update({"@context": ["https://a.example/v1"]}), "@context"),
    "an inline context": (lambda it: it.update({"@context": [*CONTEXTS, {"a": "urn:a"}]}), "@context"),
    "no context": (lambda it: it.pop("@context"), "@context"),
}


@pytest.mark.parametrize("change", REFUSED)
def test_what_a_signature_would_not_cover_is_refused_by_its_place(
    credential: Credential, change: str
) -> None:
    apply, place = REFUSED[change]
    document = copy.deepcopy(credential_document(credential))
    apply(document)
    with pytest.raises(CannotCanonicalise) as refused:
        canonicalise(document)
    assert place in str(refused.value)


@pytest.mark.parametrize(
    ("definitions", "reason"),
    [
        ({"@base": "urn:a"}, "@base is not supported"),
        ({"a": {"@id": "urn:a", "@reverse": "urn:b"}}, "the definition of a"),
        ({"a": None}, "the definition of a"),
        ({"a": "@id"}, "a may not stand for @id"),
        ({"a": "b", "b": "a"}, "defined by itself"),
        ({"a": "b"}, "b in the definition of a"),
        ({"name": "urn:other"}, "name is protected"),
    ],
)
def test_a_context_that_is_not_understood_is_refused(definitions: dict[str, Any], reason: str) -> None:
    def load(url: str) -> Mapping[str, Any]:
        return {"@context": definitions} if url == "urn:new" else vocabulary(url)

    with pytest.raises(CannotCanonicalise, match=reason):
        canonicalise({"@context": [CONTEXTS[0], "urn:new"], "id": "urn:x"}, load)


def nested(levels: int, width: int) -> Document:
    """Alike parts without an id inside each other: what makes canonicalisation take for ever."""
    if not levels:
        return {"name": "a"}
    return {"type": "VerifiableCredential", "evidence": [nested(levels - 1, width) for _ in range(width)]}


@pytest.mark.parametrize(("levels", "width"), [(1, 6), (2, 1), (2, 40)])
def test_graphs_that_would_take_for_ever_are_refused(levels: int, width: int) -> None:
    with pytest.raises(CannotCanonicalise, match="without an id of their own"):
        canonicalise({"@context": [CONTEXTS[0]], **nested(levels, width)})


def test_nodes_inside_nodes_without_end_are_refused() -> None:
    document: Document = {"id": "urn:a"}
    for _ in range(200):
        document = {"id": "urn:a", "type": "VerifiableCredential", "evidence": document}
    with pytest.raises(CannotCanonicalise, match="nested too deeply"):
        canonicalise({"@context": [CONTEXTS[0]], **document})


def test_the_worst_graph_that_is_accepted_takes_little_time() -> None:
    parts = [nested(1, 5)] * 6 + [{"name": "a"}] * 5000
    document = {"@context": [CONTEXTS[0]], **nested(0, 0), "id": "urn:a", "type": "VerifiableCredential"}
    started = time.process_time()
    assert canonicalise(document | {"evidence": parts})
    assert time.process_time() - started < 1
