"""The pages: HTML twins of the reads, for an editor on deadline, a reader and a judge (docs/pages.md)."""
