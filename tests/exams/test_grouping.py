from threading import Event, Thread

import pytest

from exams.attempts.grouping import Group


def run_all(calls):
    threads = [Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    return threads


class Work:
    """Notes its batches; the first one waits until it is let go, so that others gather behind it."""

    def __init__(self) -> None:
        self.batches = []
        self.begun, self.go = Event(), Event()

    def __call__(self, wishes):
        self.batches.append(list(wishes))
        if len(self.batches) == 1:
            self.begun.set()
            assert self.go.wait(10)
        return [ValueError(wish) if wish < 0 else wish * 2 for wish in wishes]


def gather(group, work, wishes):
    """Let one thread lead with 0 and the others gather; return what each wish brought."""
    seen = {}

    def call(wish):
        try:
            seen[wish] = group.do(wish)
        except ValueError as error:
            seen[wish] = str(error)

    (leader,) = run_all([lambda: call(0)])
    assert work.begun.wait(10)
    others = run_all([lambda wish=wish: call(wish) for wish in wishes])
    while len(group._waiting) < len(wishes):
        pass
    work.go.set()
    for thread in [leader, *others]:
        thread.join(10)
    return seen


def test_what_waits_becomes_one_batch_and_each_gets_its_own():
    work = Work()

    seen = gather(Group(work, key=lambda wish: wish, size=64), work, [1, 2, -3, 4])

    assert seen == {0: 0, 1: 2, 2: 4, -3: "-3", 4: 8}
    assert [sorted(batch) for batch in work.batches] == [[0], [-3, 1, 2, 4]]


def test_a_batch_is_bounded():
    work = Work()

    seen = gather(Group(work, key=lambda wish: wish, size=2), work, [1, 2, 3, 4, 5])

    assert seen == {number: number * 2 for number in range(6)}
    assert [len(batch) for batch in work.batches] == [1, 2, 2, 1]


def test_two_wishes_of_one_key_are_in_two_batches():
    work = Work()

    seen = gather(Group(work, key=lambda wish: wish % 10, size=64), work, [1, 11, 21, 2])

    assert seen == {0: 0, 1: 2, 11: 22, 21: 42, 2: 4}
    assert all(len({wish % 10 for wish in batch}) == len(batch) for batch in work.batches)
    assert len(work.batches) == 4


def test_work_that_breaks_is_told_to_everybody_and_the_next_goes_on():
    answers = [RuntimeError("broken"), [7]]

    def work(wishes):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    group = Group(work, key=lambda wish: wish, size=64)

    with pytest.raises(RuntimeError, match="broken"):
        group.do(1)
    assert group.do(2) == 7
