"""The acts that a data set's own word makes the ledger record: each cites the captured bytes and says what upstream did (ADR 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from ledger.citation import Citation, Selector
from ledger.commands import (
    AmendFact,
    CorrectFact,
    OpenIncident,
    RegisterSource,
    ReinstateFact,
    ReportFact,
    RetractFact,
    StatedAttestation,
)
from ledger.datasets.cell import is_same, stored_name
from ledger.datasets.links import link_in
from ledger.datasets.record import ATTRIBUTE, RECORD, Held, Record
from ledger.place import Place
from ledger.values import Json, Value, check_text
from ledger.when import Published, StatedWhen

if TYPE_CHECKING:
    from ledger.commands import Command
    from ledger.ids import Ids
    from ledger.terms import CorrectionClass

__all__ = ["Acts", "Cited", "Dataset", "Records", "Stated"]

_CAUSE: Final = "upstream-unexplained"
_TITLE_SHOWN: Final = 200


class Records(Protocol):
    """Where the records of a data set, and the sources that it links to, are found; also those that were planned since."""

    def record(self, ident: str) -> Record | None:
        """The record of that id, present or withdrawn; None where the data set never had one."""
        ...

    def add(self, ident: str, record: Record) -> None:
        """A record that the line at hand brings."""
        ...

    def source_at(self, url: str) -> str | None:
        """The source that has an address; None where there is none."""
        ...

    def add_source(self, url: str, ident: str) -> None:
        """A source that the line at hand brings."""
        ...


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """What is said once of all lines: the data set's name and source, and how a record becomes an incident.

    `title_field`: the field whose first value is the ledger's label of an incident.
    """

    name: str
    source: str
    zone: str
    title_field: str


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """What every act of one version of a data set cites: the captured bytes, and when they were public; None where only the source says."""

    snapshot: str
    published: Published | None = None


class Stated(Value, frozen=True, kw_only=True):
    """The content of a fact of some kind, as a data set states it."""

    kind: str
    statement: str
    occurred: StatedWhen | None = None
    places: tuple[Place, ...] = ()
    details: dict[str, Json] = msgspec.field(default_factory=dict)

    def key(self) -> Json:
        """As key_of_content gives it for what is recorded of this."""
        when = self.occurred
        return {
            "kind": self.kind,
            "statement": self.statement,
            "occurred": None if when is None else [when.edtf, when.as_stated],
            "places": msgspec.to_builtins(self.places),
            "details": self.details,
        }


class Acts:
    """Makes the commands of one version of a data set, and moves the records on. `at` is where in the bytes the act at hand rests."""

    def __init__(
        self, dataset: Dataset, cited: Cited, records: Records, ids: Ids, *, by: str, compares: bool = False
    ) -> None:
        self.commands: list[Command] = []
        self.of: list[int] = []
        self.index = 0
        self.at: tuple[Selector, ...] = ()
        self._dataset = dataset
        self._cited = cited
        self._records = records
        self._ids = ids
        self._by = by
        self._compares = compares

    def do(self, *commands: Command) -> None:
        """Add commands that the part of the version at hand makes."""
        self.commands += commands
        self.of += [self.index] * len(commands)

    def citation(self) -> tuple[Citation]:
        """What an act without a value of its own cites."""
        cited = Citation(
            id="c1",
            source=self._dataset.source,
            snapshot=self._cited.snapshot,
            selector=self.at,
            published=self._cited.published,
        )
        return (cited,)

    def attestation(self, held: Held) -> StatedAttestation:
        """The data set's word for what a fact states from now on."""
        ident = held.next_attestation()
        held.standing = (ident,)
        held.snapshot = self._cited.snapshot
        return StatedAttestation(
            id=ident,
            source=self._dataset.source,
            snapshot=self._cited.snapshot,
            selector=self.at,
            published=self._cited.published,
        )

    def open(self, ident: str, title: str, *, field: str) -> Record:
        """A record that is new: its incident, and that the data set lists it. Where `title` is blank, the id is the label."""
        title = " ".join(title.split()) or f"{self._dataset.name}: {ident}"
        title = title if len(title) <= _TITLE_SHOWN else f"{title[: _TITLE_SHOWN - 1]}…"
        check_text(title, field=field)
        incident = self._ids.make()
        presence = Held(fact=RECORD, value=ident, is_live=True, standing=(), attested=0)
        record = Record(incident=incident, presence=presence, taken=frozenset((RECORD,)))
        self._records.add(ident, record)
        self.do(
            OpenIncident(id=incident, title=title, zone=self._dataset.zone),
            ReportFact(
                incident=incident,
                id=RECORD,
                kind=RECORD,
                details={"dataset": self._dataset.name, "id": ident},
                citations=(self.attestation(presence),),
            ),
        )
        return record

    def report(
        self, record: Record, field: str, value: Json, *, words: str | None = None, link: bool = False
    ) -> None:
        """A value that is new. `words`: how it was written, where that differs; `link`: where it is one, its work is mentioned."""
        held = Held(fact=record.next_fact(), value=value, words=words, is_live=True, standing=(), attested=0)
        record.fields.setdefault(field, []).append(held)
        own = self.attestation(held)
        self.do(
            ReportFact(
                incident=record.incident,
                id=held.fact,
                kind=ATTRIBUTE,
                details=_details(field, value, words),
                citations=(own, *self._mention(held, value, link=link)),
            )
        )

    def correct(
        self,
        record: Record,
        held: Held,
        field: str,
        value: Json,
        *,
        words: str | None = None,
        link: bool = False,
        class_: CorrectionClass = "other",
    ) -> None:
        """Another value in the place of one; the data set's own word for that is withdrawn."""
        withdrawn = (*held.standing, *held.mentions)
        reason = self._changed(held)
        held.value, held.words, held.mentions = value, words, ()
        own = self.attestation(held)
        self.do(
            CorrectFact(
                incident=record.incident,
                fact=held.fact,
                kind=ATTRIBUTE,
                details=_details(field, value, words),
                class_=class_,
                cause=_CAUSE,
                reason=reason,
                citations=(own, *self._mention(held, value, link=link)),
                withdraws=withdrawn,
            )
        )

    def _changed(self, held: Held) -> str:
        """Why: what upstream did, and where whole files are compared, in which of them it says what."""
        if not self._compares:
            return f"changed {self._by}"
        return f"changed {self._by}: {self._cited.snapshot} says otherwise than {held.snapshot}"

    def state(self, record: Record, held: Held | None, ident: str, content: Stated) -> None:
        """A fact of another kind, as it is stated now; `held`: as it was."""
        if held is None:
            held = Held(fact=ident, value=content.key(), is_live=True, standing=(), attested=0)
            record.others[ident] = held
            self.do(
                ReportFact(
                    incident=record.incident,
                    id=ident,
                    kind=content.kind,
                    statement=content.statement,
                    occurred=content.occurred,
                    places=content.places,
                    details=content.details,
                    citations=(self.attestation(held),),
                )
            )
            return
        if not held.is_live:
            self.reinstate(record, held)
        before, after = held.value, content.key()
        if is_same(before, after):
            return
        # The same file says it otherwise where the mapping has it say so: that is no change of the data set's mind.
        read_anew = self._compares and held.snapshot == self._cited.snapshot
        reason = f"the mapping reads {held.snapshot} otherwise" if read_anew else self._changed(held)
        withdrawn = held.standing
        held.value = after
        self.do(
            CorrectFact(
                incident=record.incident,
                fact=ident,
                kind=content.kind,
                statement=content.statement,
                occurred=content.occurred,
                places=content.places,
                details=content.details,
                class_=_class_of(before, after),
                cause="our-misreading" if read_anew else _CAUSE,
                reason=reason,
                citations=(self.attestation(held),),
                withdraws=withdrawn,
            )
        )

    def _mention(self, held: Held, value: Json, *, link: bool) -> tuple[StatedAttestation, ...]:
        found = link_in(value) if link else None
        if found is None:
            return ()
        source = self._records.source_at(found.url)
        if source is None:
            source = self._ids.make()
            self._records.add_source(found.url, source)
            self.do(RegisterSource(id=source, kind="other", title=found.label, url=found.url))
        if source == self._dataset.source:
            return ()
        ident = held.next_attestation()
        held.mentions = (ident,)
        # The work was there when the data set spoke of it; since when, nobody says.
        published = self._cited.published
        by = None if published is None else Published(latest=published.latest)
        return (StatedAttestation(id=ident, source=source, stance="mentions", published=by),)

    def reword(self, record: Record, held: Held, words: str) -> None:
        """The same value, written in another way."""
        held.words = words
        self.do(
            AmendFact(
                incident=record.incident,
                fact=held.fact,
                set={"details/as_stated": words},
                reason=f"written otherwise {self._by}",
                citations=self.citation(),
            )
        )

    def withdraw(self, record: Record) -> None:
        """The record goes, and with it all that it still states."""
        for held in record.all_live():
            self.retract(record, held)
        self.retract(record, record.presence)

    def retract(self, record: Record, held: Held) -> None:
        """A fact is taken back."""
        held.is_live = False
        self.do(
            RetractFact(
                incident=record.incident,
                fact=held.fact,
                cause=_CAUSE,
                reason=f"removed {self._by}",
                citations=self.citation(),
            )
        )

    def reinstate(self, record: Record, held: Held) -> None:
        """A fact comes back as it was."""
        held.is_live = True
        self.do(
            ReinstateFact(
                incident=record.incident,
                fact=held.fact,
                cause=_CAUSE,
                reason=f"brought back {self._by}",
                citations=self.citation(),
            )
        )


def _details(field: str, value: Json, words: str | None) -> dict[str, Json]:
    name = stored_name(field)
    return (
        {"name": name, "value": value}
        if words is None
        else {"as_stated": words, "name": name, "value": value}
    )


def _class_of(before: Json, after: Json) -> CorrectionClass:
    """What a correction mends, where one thing only is another."""
    differs = [name for name in after if not is_same(before[name], after[name])]
    classes: dict[str, CorrectionClass] = {
        "statement": "wording",
        "occurred": "wrong-time",
        "places": "wrong-place",
        "kind": "wrong-kind",
    }
    meant = [name for name in differs if name != "statement"] or differs
    return classes.get(meant[0], "other") if len(meant) == 1 else "other"
