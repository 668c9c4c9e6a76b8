"""Measurements as ratios taken in one run: ours against the bare operation, since machines are noisy. Nothing here fails a test."""
