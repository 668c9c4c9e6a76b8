"""Sources and citations in the forms that others read: CSL-JSON, Web Annotations, text fragments and `ni:` names (docs/citing.md)."""
