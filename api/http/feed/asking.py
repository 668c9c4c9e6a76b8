"""What whoever follows the log may say."""

__all__ = ["LAST_EVENT_ID", "PARAMETERS"]

PARAMETERS = ("after", "until", "incident", "source", "kind", "corrections")
LAST_EVENT_ID = "Last-Event-ID"
