import pytest

from tests.conftest import ClientFactory, Clone
from tests.integration.insights.diary import Diary


@pytest.fixture
def diary(client_for: ClientFactory, database: Clone) -> Diary:
    return Diary(client_for, database)
