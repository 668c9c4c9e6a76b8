"""Ids that are made tell when (RFC 9562 §5.7), whichever way the clock tells it, and are never the same."""

from __future__ import annotations

import datetime as dt
import os
import uuid

import pytest

from ledger.clock import SystemClock, microseconds_of
from ledger.ids import TimeOrderedIds, is_id
from ledger.random_blocks import RandomBlocks
from tests.fakes import FrozenClock


def milliseconds_in(ident: str) -> int:
    return uuid.UUID(ident).int >> 80


@pytest.mark.parametrize("random", [os.urandom, RandomBlocks(os.urandom)], ids=["bytes", "blocks"])
def test_an_id_has_the_form_of_a_uuid_of_version_7(random: RandomBlocks) -> None:
    ids = TimeOrderedIds(SystemClock(), random)
    made = [ids.make() for _ in range(500)]
    assert 500 == len(set(made))
    assert all(is_id(one) and str(uuid.UUID(one)) == one for one in made)
    assert {(7, uuid.RFC_4122)} == {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in made}


def test_an_id_tells_the_millisecond_at_which_a_clock_stands() -> None:
    at = dt.datetime(2021, 5, 8, 23, 59, 59, 999_999, tzinfo=dt.UTC)
    clock = FrozenClock(at)
    ids = TimeOrderedIds(clock, os.urandom)
    assert 1_620_518_399_999 == milliseconds_in(ids.make())
    clock.advance(dt.timedelta(microseconds=1))
    assert 1_620_518_400_000 == milliseconds_in(ids.make())


def test_the_clock_of_the_machine_tells_the_same_to_ids_as_to_events() -> None:
    clock = SystemClock()
    before = microseconds_of(clock.now()) // 1_000
    told = milliseconds_in(TimeOrderedIds(clock, os.urandom).make())
    assert before <= told <= microseconds_of(clock.now()) // 1_000
