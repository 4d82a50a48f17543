"""What the signature of an embedded proof covers: its options, and the document with proofs before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..linked_data import canonical_texts
from ..sandbox import TooLong
from ..verifying import Verdict
from .findings import Finding, cannot_check, failed
from .issuers import World

Document = Mapping[str, Any]


async def covered(
    document: Document,
    proof: Document,
    world: World,
    renamed: Mapping[str, str] | None = None,
    before: Sequence[Document] = (),
) -> tuple[bytes, bytes] | Finding:
    """The canonical N-Quads of the options and of the document, or why there are none.

    `before` are the proofs that this one builds on, which it covers as well (Data Integrity, 4.5).
    """
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    if before:
        unsigned["proof"] = list(before)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    options["@context"] = document.get("@context")
    try:
        texts = await world.work(canonical_texts, [options, unsigned], renamed)
    except TooLong as error:
        return cannot_check(f"it is made so that checking it does not end: {error}")
    for text in texts:
        if text.uncovered:
            return failed(Verdict.ALTERED, f"it says what no signature covers: {text.refusal}")
        if text.refusal:
            return cannot_check(f"it cannot be put in the form that was signed: {text.refusal}")
    return texts[0].text, texts[1].text
