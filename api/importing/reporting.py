"""The report that an import ends with, where it is asked for: what the data set's whole history in the ledger holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.importing.index import listing
from ledger.decisions.decision import incident_stream
from projections.records.history_report import HistoryReport, Reporting
from projections.records.record_at import acts_by_fact

if TYPE_CHECKING:
    from ledger.history import History

__all__ = ["report_in_words", "report_of"]


def report_of(history: History, dataset: str, source: str) -> HistoryReport:
    """The report of one data set, as the ledger stands."""
    reporting = Reporting(dataset, source)
    head = history.head().position
    for incident in dict.fromkeys(one for one, name, _ in listing(history) if name == dataset):
        reporting.count(incident, acts_by_fact(history.stream(incident_stream(incident)), head))
    return reporting.report()


def report_in_words(report: HistoryReport) -> list[str]:
    """The report as lines of text."""
    lines = [
        f"The history of {report.dataset}" + (f", {report.first} to {report.last}" if report.first else ""),
        (
            f"  records: {report.records:,}, of which {report.records_now:,} stand;"
            f" withdrawn {report.records_withdrawn:,} times, brought back {report.records_reinstated:,}"
        ),
        f"  facts: {report.facts:,}, of which {report.facts_now:,} stand",
        f"  corrections: {report.corrections:,}; amendments: {report.amendments:,}",
        *_counts("by class", report.corrections_by_class),
        *_counts("by field", report.corrections_by_field),
        (
            f"  retractions of values: {report.retractions:,}; brought back: {report.reinstatements:,},"
            f" as others: {report.came_back_otherwise:,}"
        ),
        *_counts("while the record stayed", report.retracted_alone),
        f"  went from A to B and back to A: {report.back_and_forth:,} facts",
        *(
            f"    {one.field!r} of record {one.record!r} (fact {one.fact} of incident {one.incident})"
            for one in report.back_and_forth_examples
        ),
    ]
    if report.longest_to_correction:
        lines.append("  longest to correction:")
    lines += (
        f"    {one.days:,.1f} days: {one.field!r} of record {one.record!r}, corrected {one.at}"
        for one in report.longest_to_correction
    )
    return lines


def _counts(what: str, counts: dict[str, int]) -> list[str]:
    if not counts:
        return []
    return [f"    {what}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())]
