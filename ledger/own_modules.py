"""What a process gets that runs a module of ours: where our packages lie, and nothing of the environment of who started it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BARE_ENVIRONMENT", "PACKAGES"]

PACKAGES: Final = str(Path(__file__).parents[1])
"""The folder in which our packages lie, wherever the process stands."""

BARE_ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType({"PYTHONPATH": PACKAGES, "LC_ALL": "C.UTF-8"})
"""For processes that are told all they need. The verifier shares no code and says the same by itself; the process that keeps the stored
views has the environment of the server (api/http/views_process.py).
"""
