"""Which errors an operator can put right, and how they are told."""

import inspect

# Those of deploy are all worded for operators; of the services', these.
OF_SERVICES = (
    "NotEsco",
    "Drift",
    "NoTokenKey",
    "UnknownKey",
    "NoKeyYet",
    "StillInUse",
    "OriginChanged",
    "CannotOpenKey",
    "NotATrustStore",
)


def in_words(error: Exception) -> str | None:
    """What to tell an operator, or None for a fault of ours, which is shown with its stack trace."""
    kind = type(error)
    if kind.__module__.startswith("deploy.") or kind.__name__ in OF_SERVICES:
        return str(error) or inspect.getdoc(kind)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, ValueError) and type(error).__module__.startswith(("contracts.", "pydantic_core.")):
        return _settings_at_fault(error)
    return None


def _settings_at_fault(error: ValueError) -> str:
    problems = getattr(error, "errors", None)
    if problems is None:
        return str(error)
    told = (f"{'.'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in problems())
    return "; ".join(told)
