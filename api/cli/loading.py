"""Groups of commands that are imported when they are asked for: who types one does not wait for the others."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

__all__ = ["group_of"]


class _Commands(UserDict[str, Any]):
    """The commands of a group by name, each made when it is first looked up."""

    def __init__(self, places: Mapping[str, tuple[str, str]]) -> None:
        super().__init__()
        self._places = places
        self.data = dict.fromkeys(places)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  a command or a group of Typer's own click
        if name in self.data and self.data[name] is None:
            self.data[name] = _made(name, *self._places[name])
        return super().__getitem__(name)


def _made(name: str, place: str, told: str) -> Any:  # noqa: ANN401  as above
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, Typer):
        made = get_group(found)
        made.name, made.short_help = name, told
        return made
    alone = Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
    alone.command(name, short_help=told)(found)
    return get_command(alone)


def group_of(places: Mapping[str, tuple[str, str]], *, told: str, name: str | None = None) -> Typer:
    """A group of commands by name: of each, where it is (`module:attribute`, a function or a group) and what it does in a line.

    `told` is the help of the group itself.
    """

    class Group(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = _Commands(places)

    def group() -> None:
        """Nothing of its own: it makes a group of this even where nothing is registered."""

    return Typer(
        name=name,
        cls=Group,
        help=told,
        callback=group,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
    )
