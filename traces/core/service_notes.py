"""In: what a team wrote down about its services, as JSON said it. Out: a note a service, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from traces.core.outbound import is_address
from traces.core.printable import printable


@dataclass(frozen=True, slots=True)
class ServiceNote:
    """Empty is what nobody wrote."""

    owner: str = ""
    runbook: str = ""  # an address
    missing: str = ""  # what its traces are known to lack


_KEYS = tuple(field.name for field in fields(ServiceNote))


def notes_from(found: object) -> Mapping[str, ServiceNote]:
    """By service. ValueError says which is wrong and what would be right."""
    if not isinstance(found, dict):
        raise ValueError('needs services with what is known of them, {"payment": {"owner": "team-pay"}}')
    return {service: _note(service, said) for service, said in found.items()}


def _note(service: str, said: object) -> ServiceNote:
    if not isinstance(said, dict):
        raise ValueError(f'{service}: needs {{"owner": …, "runbook": …, "missing": …}}')
    for key, value in said.items():
        if key not in _KEYS:
            raise ValueError(f"{service}: unknown key {key}; there are {', '.join(_KEYS)}")
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{service}.{key}: needs a text")
    if "runbook" in said and not is_address(said["runbook"]):
        raise ValueError(f"{service}.runbook: needs an address that begins with http:// or https:// and a host")
    return ServiceNote(**{key: printable(value.strip()) for key, value in said.items()})
