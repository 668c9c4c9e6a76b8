"""Records of data sets, folded back out of the incidents that they became (ADR 17)."""
