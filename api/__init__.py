"""The edge: the only place that knows HTTP, HTML and argv."""
