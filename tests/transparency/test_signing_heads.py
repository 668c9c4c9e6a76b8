"""Heads are signed only where the log leads on from all that was signed before, and its bytes were read and hashed once more."""

from __future__ import annotations

import stat
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoint import Checkpoint, opened_checkpoint, read_checkpoint, signed_checkpoint
from ledger.errors import IntegrityError, StoreError
from ledger.signing import VerifierKey, new_key
from ledger.transparency import SigningKeys, Transparency, origin_of
from tests.fakes import CountingBytes
from tests.naive_tree import naive_root
from tests.plain_log import ORIGIN, PlainLog, opening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_random = CountingBytes("keys")


@contextmanager
def _opened(log: PlainLog, folder: Path, copy: Path | None = None) -> Iterator[Transparency]:
    with closing(Transparency(log, folder, writing=True, copy=copy)) as made:
        made.make_key(_random)
        yield made


def _signed(log: PlainLog, folder: Path, copy: Path | None = None) -> Checkpoint:
    with _opened(log, folder, copy) as opened:
        head = opened.sign()
        assert head is not None
        return head.checkpoint


def test_a_head_says_whose_log_it_is_how_long_and_its_root(tmp_path: Path) -> None:
    log = PlainLog(300)

    assert Checkpoint(origin=ORIGIN, size=300, root=naive_root(log.stored)) == _signed(log, tmp_path)


def test_a_stranger_with_the_public_key_can_read_it_from_the_file(tmp_path: Path) -> None:
    log = PlainLog(3)
    head = _signed(log, tmp_path)
    key = VerifierKey.parse((tmp_path / "keys" / "checkpoint-keys").read_text().removesuffix("\n"))

    note = (tmp_path / "tree" / "checkpoint").read_bytes()

    assert (head, (key,)) == opened_checkpoint(note, [key], origin=ORIGIN)
    assert ORIGIN == key.name


def test_an_empty_ledger_has_no_key_and_no_head(tmp_path: Path) -> None:
    with _opened(PlainLog(), tmp_path) as opened:
        assert None is opened.sign()
        assert not opened.keys.has_one
        with pytest.raises(StoreError, match="no log to sign yet"):
            opened.rotate(_random)


def test_nothing_new_is_nothing_signed(tmp_path: Path) -> None:
    log = PlainLog(3)
    with _opened(log, tmp_path) as opened:
        first, again = opened.sign(), opened.sign()
        assert first == again == opened.newest()
        assert 1 == len(list(opened.heads.notes()))
        log.grow(1)
        opened.sign()
        assert [3, 4] == [read_checkpoint(note).size for note in opened.heads.notes()]


def test_before_each_signature_the_new_bytes_are_read_twice_and_in_a_new_process_all_of_them(
    tmp_path: Path,
) -> None:
    log = PlainLog(500)
    with _opened(log, tmp_path) as opened:
        opened.sign()
        before = log.read
        log.grow(20)
        opened.sign()
        # Once by the tree, once leaf by leaf; and the first entry, for whose log it is.
        assert 20 + 20 + 1 == log.read - before
    before = log.read
    log.grow(1)
    _signed(log, tmp_path)
    assert log.read - before >= 521


def test_a_log_that_is_shorter_than_what_was_signed_is_not_signed(tmp_path: Path) -> None:
    log = PlainLog(300)
    _signed(log, tmp_path)
    del log.stored[299:]

    with (
        _opened(log, tmp_path) as opened,
        pytest.raises(IntegrityError, match="a head of 300 events was signed"),
    ):
        opened.sign()


@pytest.mark.parametrize("at", [1, 150, 299])
def test_a_log_that_was_changed_where_it_was_signed_is_not_signed_again(at: int, tmp_path: Path) -> None:
    log = PlainLog(300)
    first = _signed(log, tmp_path)
    log.stored[at] = b"changed"
    log.grow(1)

    with _opened(log, tmp_path) as opened, pytest.raises(IntegrityError, match="nothing was signed"):
        opened.sign()
    for path in (tmp_path / "tree").glob("level-*"):
        path.unlink()
    with (
        _opened(log, tmp_path) as opened,
        pytest.raises(IntegrityError, match="does not begin with the 300 events"),
    ):
        opened.sign()
    assert first == read_checkpoint((tmp_path / "tree" / "checkpoint").read_bytes())


def test_an_entry_that_changed_between_two_readings_is_not_signed(tmp_path: Path) -> None:
    log = PlainLog(300)
    with _opened(log, tmp_path) as opened:
        opened.tree.catch_up()
        log.stored[100] = b"a bit flipped in memory before it was hashed"
        with pytest.raises(IntegrityError, match="do not give the root that the tree has"):
            opened.sign()
        log.stored[100] = b"entry 100"
        assert None is not opened.sign()


def test_a_tree_that_was_changed_on_disk_is_not_signed_and_is_built_anew(tmp_path: Path) -> None:
    log = PlainLog(600)
    _signed(log, tmp_path)
    level = tmp_path / "tree" / "level-1"
    log.grow(200)
    with _opened(log, tmp_path) as opened:
        assert 600 == opened.tree.size
        level.write_bytes(bytes(32) + level.read_bytes()[32:])
        with pytest.raises(IntegrityError, match="the tree will be built anew"):
            opened.sign()
        head = opened.sign()
        assert head is not None
        assert naive_root(log.stored) == head.checkpoint.root


def test_a_head_of_another_ledger_is_in_the_way(tmp_path: Path) -> None:
    _signed(PlainLog(3), tmp_path)
    other = PlainLog(5)
    other.stored[0] = opening("another")

    with (
        _opened(other, tmp_path) as opened,
        pytest.raises(IntegrityError, match=f"of the log {ORIGIN}, and this is another"),
    ):
        opened.sign()


def test_a_head_that_none_of_the_keys_signed_is_in_the_way(tmp_path: Path) -> None:
    log = PlainLog(3)
    _signed(log, tmp_path)
    forged = Checkpoint(origin=ORIGIN, size=2, root=naive_root(log.stored[:2]))
    path = tmp_path / "tree" / "checkpoint"
    path.write_bytes(signed_checkpoint(forged, [new_key(ORIGIN, CountingBytes("forger"))]))

    with _opened(log, tmp_path) as opened, pytest.raises(IntegrityError, match="none of the known keys"):
        opened.sign()


def test_a_copy_elsewhere_finds_yesterdays_ledger_put_back_with_its_folder(tmp_path: Path) -> None:
    log, copy = PlainLog(300), tmp_path / "elsewhere" / "checkpoint"
    yesterday = tmp_path / "yesterday"
    _signed(PlainLog(200), yesterday)
    for name in ("checkpoint-keys", "checkpoint-signer"):
        (tmp_path / "today" / "keys").mkdir(parents=True, exist_ok=True)
        (tmp_path / "today" / "keys" / name).write_bytes((yesterday / "keys" / name).read_bytes())
    assert 300 == _signed(log, tmp_path / "today", copy).size

    older = PlainLog(200)
    with _opened(older, yesterday) as opened:
        assert None is not opened.sign(), "without the copy nobody could tell"
    with (
        _opened(older, yesterday, copy) as opened,
        pytest.raises(IntegrityError, match="a head of 300 events"),
    ):
        opened.sign()
    for number in range(150):
        older.stored.append(b"went on differently %d" % number)
    with (
        _opened(older, yesterday, copy) as opened,
        pytest.raises(IntegrityError, match="does not begin with the 300 events"),
    ):
        opened.sign()


def test_the_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    _signed(PlainLog(1), tmp_path)

    assert 0o600 == stat.S_IMODE((tmp_path / "keys" / "checkpoint-signer").stat().st_mode)
    assert 0o700 == stat.S_IMODE((tmp_path / "keys").stat().st_mode)


def test_after_a_change_of_keys_old_heads_verify_and_new_ones_are_signed_by_the_new_key(
    tmp_path: Path,
) -> None:
    log = PlainLog(3)
    with _opened(log, tmp_path) as opened:
        old = opened.keys.signer().verifier
        first = opened.sign()
        log.grow(1)
        turn = opened.rotate(_random)
        log.grow(1)
        later = opened.sign()
        new = opened.keys.signer().verifier
        assert old != new
        assert (old, new) == opened.keys.known() == turn.signers
        assert first is not None
        assert later is not None
        assert ((old,), (new,)) == (first.signers, later.signers)
        for note in opened.heads.notes():
            opened_checkpoint(note, opened.keys.known(), origin=ORIGIN)


def test_a_key_that_is_gone_is_not_made_anew_in_silence(tmp_path: Path) -> None:
    log = PlainLog(3)
    _signed(log, tmp_path)
    (tmp_path / "keys" / "checkpoint-signer").unlink()
    log.grow(1)

    with _opened(log, tmp_path) as opened:
        with pytest.raises(StoreError, match="put it back, or make a new one"):
            opened.sign()
        turned = opened.rotate(_random)
        assert 1 == len(turned.signers)
        log.grow(1)
        assert None is not opened.sign()


@pytest.mark.parametrize("name", ["checkpoint-signer", "checkpoint-keys"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"PRIVATE+KEY+nonsense\n"])
def test_a_damaged_file_of_keys_is_said_to_be(name: str, data: bytes, tmp_path: Path) -> None:
    log = PlainLog(3)
    _signed(log, tmp_path)
    log.grow(1)
    (tmp_path / "keys" / name).write_bytes(data)

    with _opened(log, tmp_path) as opened, pytest.raises(IntegrityError) as caught:
        opened.sign()
    assert "nonsense" not in str(caught.value)


def test_a_list_of_heads_that_a_power_cut_left_half_written_goes_on_after_its_last_line(
    tmp_path: Path,
) -> None:
    log = PlainLog(1)
    _signed(log, tmp_path)
    path = tmp_path / "tree" / "checkpoints.ndjson"
    path.write_bytes(path.read_bytes() + path.read_bytes()[:40])
    log.grow(1)
    _signed(log, tmp_path)

    with _opened(log, tmp_path) as opened:
        assert [1, 2] == [read_checkpoint(note).size for note in opened.heads.notes()]
    path.write_bytes(b"{}\n" + path.read_bytes())
    with _opened(log, tmp_path) as opened, pytest.raises(IntegrityError, match=r"checkpoints\.ndjson:1"):
        list(opened.heads.notes())


def test_whose_log_it_is_stands_in_its_first_event(tmp_path: Path) -> None:
    assert None is origin_of(PlainLog())
    assert ORIGIN == origin_of(PlainLog(1))
    for first in (
        b"",
        b"{}",
        b'{"type":"FactReported","body":{"ledger":"a"}}',
        b'{"type":"LedgerOpened","body":[]}',
    ):
        log = PlainLog(2)
        log.stored[0] = first
        with pytest.raises(IntegrityError, match="position 1: a ledger begins with LedgerOpened"):
            origin_of(log)
    assert not SigningKeys(tmp_path).has_one


def test_several_processes_of_one_folder_sign_one_history(tmp_path: Path) -> None:
    log = PlainLog(300)
    with _opened(log, tmp_path) as one, _opened(log, tmp_path) as other:
        for number in range(6):
            log.grow(100)
            head = (one, other)[number % 2].sign()
            assert head is not None
            assert naive_root(log.stored) == head.checkpoint.root
        assert [400, 500, 600, 700, 800, 900] == [read_checkpoint(note).size for note in one.heads.notes()]
        assert one.keys.known() == other.keys.known()
        assert 1 == len(one.keys.known())
        one.reach(900)
        assert one.tree.root(900) == other.tree.root(900) == naive_root(log.stored)


def test_a_tree_that_is_only_read_follows_the_one_that_is_written(tmp_path: Path) -> None:
    log = PlainLog(300)
    with _opened(log, tmp_path) as writing, closing(Transparency(log, tmp_path)) as reading:
        writing.sign()
        assert 300 == reading.tree.catch_up()
        log.grow(300)
        writing.sign()
        assert 600 == reading.tree.catch_up()
        assert naive_root(log.stored) == reading.tree.root(600)
