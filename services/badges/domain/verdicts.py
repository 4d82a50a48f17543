"""The outcomes of a verification in words that anybody understands."""

SENTENCES = {
    "valid": "This badge is valid: its issuer signed it, it was not changed since, and it counts today.",
    "expired": "This badge is genuine, but its time is over.",
    "not_yet_valid": "This badge is genuine, but counts only from a later day on.",
    "withdrawn": "This badge was genuine, but its issuer has withdrawn it.",
    "altered": "Do not trust this badge: it is not what its issuer signed, or nobody signed it.",
    "unknown_issuer": "Do not rely on this badge: nothing shows that the issuer it names made it.",
    "cannot_check_now": "This badge cannot be checked completely now. Nothing is known to be wrong with it.",
    "not_a_credential": "This is not a badge that conforms to the standards of Open Badges.",
}
LINES = {
    "format": "Format",
    "schema": "Conforms to the standard",
    "proof": "Signature",
    "issuer": "Issuer and key",
    "refresh": "Newer copy",
    "dates": "Dates",
    "status": "Withdrawn?",
    "endorsements": "Endorsements",
    "recipient": "Awarded to this address?",
}
RESULTS = {"passed": "Passed", "failed": "Failed", "not_checked": "Not checked"}
