"""The views: pure folds of events into what is read. They do no I/O, read no clock and know nothing of HTTP or argv."""
