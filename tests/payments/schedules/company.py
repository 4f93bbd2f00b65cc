"""A company that buys seats, and the people who sit on them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from courses import learning, seats
from courses.models import Seat, SeatBatch, SeatLink
from courses.seats import Person
from lms.users.models import User
from payments import orders, transfers
from tests.factories.courses import lessons_of
from tests.factories.seats import link_token, mailed_token

if TYPE_CHECKING:
    from tests.payments.schedules.story import Story

MOST = 8  # seats; dear enough to need two people for a refund
TITLE = "青山家电有限公司"


@dataclass
class Company:
    story: "Story"
    people: list[User]
    reclaimed: set[int] = field(default_factory=set)

    @property
    def acts(self) -> dict:
        return {
            self.seats_are_ordered: 3,
            self.people_are_named: 5,
            self.person_follows_mail: 5,
            self.people_follow_link: 3,
            self.link_is_withdrawn: 1,
            self.first_lesson_is_opened: 5,
            self.seat_is_swapped: 1,
            self.seat_is_released: 1,
            self.staff_reclaim_a_seat: 1,
        }

    def seats_are_ordered(self) -> None:
        count = self.story.random.randint(1, MOST)
        code = self.story.random.choice(["", "", "", "HALF"])
        order = orders.place_for_company(
            buyer=self.story.buyer,
            course=self.story.course,
            company_title=TITLE,
            quantity=count,
            coupon_code=code,
            now=self.story.now,
        )
        if self.story.random.random() < 0.5:
            transfers.choose(order=order, by=self.story.buyer, now=self.story.now)
        else:
            orders.begin_payment(order=order, now=self.story.now)

    def people_are_named(self) -> None:
        chosen = self.story.random.sample(self.people, k=self.story.random.randint(1, 3))
        people = [Person(email=person.email) for person in chosen]
        seats.name_people(batch=self._batch(), people=people, by=self.story.buyer, now=self.story.now)

    def person_follows_mail(self) -> None:
        seat = self._seat(Seat.State.NAMED)
        learner = next(person for person in self.people if person.email == seat.email)
        seats.claim(token=mailed_token(seat.email), learner=learner, now=self.story.now)

    def people_follow_link(self) -> None:
        places = self.story.random.randint(1, 2)
        token = link_token(self._batch(), places=places, now=self.story.now)
        for learner in self.story.random.sample(self.people, k=2):
            seats.claim(token=token, learner=learner, now=self.story.now)

    def link_is_withdrawn(self) -> None:
        link = self.story.random.choice(list(SeatLink.objects.order_by("pk")))
        seats.withdraw_link(link=link, now=self.story.now)

    def first_lesson_is_opened(self) -> None:
        seat = self._seat(Seat.State.TAKEN)
        learning.open_lesson(learner=seat.learner, lesson=lessons_of(self.story.course)[0], now=self.story.now)

    def seat_is_swapped(self) -> None:
        person = Person(email=self.story.random.choice(self.people).email)
        seats.swap(seat=self._seat(), person=person, by=self.story.buyer, now=self.story.now)

    def seat_is_released(self) -> None:
        seats.release(seat=self._seat(), by=self.story.buyer, now=self.story.now)

    def staff_reclaim_a_seat(self) -> None:
        seat = seats.reclaim(seat=self._seat(), by=self.story.staff, reason="企业要求", now=self.story.now)
        self.reclaimed.add(seat.pk)

    def _batch(self) -> SeatBatch:
        return self.story.random.choice(list(SeatBatch.objects.order_by("pk")))

    def _seat(self, *states: Seat.State) -> Seat:
        wanted = Seat.objects.filter(state__in=states) if states else Seat.objects.all()
        return self.story.random.choice(list(wanted.order_by("pk")))
