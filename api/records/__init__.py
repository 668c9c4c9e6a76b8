"""Data sets out: the records of one as they stood at a point of both axes."""
