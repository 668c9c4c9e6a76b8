"""Answers from the writer's thread: all of a turn arrive together, and nobody who went away is in the way of the others."""

from __future__ import annotations

import asyncio

import pytest

from api.http.answers import Answers, Pending


def test_what_was_answered_from_another_thread_arrives_in_one_turn_of_the_loop() -> None:
    async def scenario() -> tuple[list[int], list[bool]]:
        answers = Answers()
        waiting: list[Pending[int]] = [answers.pending() for _ in range(50)]
        together: list[bool] = []
        waiting[0].future.add_done_callback(
            lambda _: together.append(all(one.future.done() for one in waiting))
        )

        def turn() -> None:
            for number, one in enumerate(waiting):
                assert one.set_running_or_notify_cancel()
                one.set_result(number)

        # The loop is busy until all are answered, as it is when the writer is quick.
        turn()
        return await asyncio.gather(*(one.future for one in waiting)), together

    assert (list(range(50)), [True]) == asyncio.run(scenario())


def test_a_refusal_is_raised_where_it_is_waited_for() -> None:
    async def scenario() -> None:
        pending: Pending[int] = Answers().pending()
        await asyncio.to_thread(pending.set_exception, ValueError("no"))
        await pending.future

    with pytest.raises(ValueError, match="no"):
        asyncio.run(scenario())


def test_whoever_went_away_is_not_recorded_and_does_not_keep_the_others_from_their_answers() -> None:
    async def scenario() -> int:
        answers = Answers()
        gone: Pending[int] = answers.pending()
        there: Pending[int] = answers.pending()
        gone.future.cancel()
        assert not gone.set_running_or_notify_cancel()
        gone.set_result(1)
        there.set_result(2)
        return await there.future

    assert asyncio.run(scenario()) == 2


def test_answers_after_the_loop_was_closed_are_nobodys() -> None:
    async def begin() -> Pending[int]:
        return Answers().pending()

    pending = asyncio.run(begin())
    pending.set_result(1)
    assert not pending.future.done()
