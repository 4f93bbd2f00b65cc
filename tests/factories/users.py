import factory

from lms.users.models import User


class UserFactory(factory.django.DjangoModelFactory):
    """An active account."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"学员{n}")
    password = factory.django.Password("correct horse battery")
