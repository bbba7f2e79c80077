import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.insights.job.rules.ledger import DAYS_A_LOOK, MOST_ALPHA, SHARES, Ledger, alpha_of_look


def test_a_look_is_due_after_every_28_days_with_entries() -> None:
    """One day less is too early, and a look that was made is not due again."""
    ledger = Ledger().after_look(28)

    assert Ledger().alpha_due(27) == 0
    assert Ledger().alpha_due(28) == alpha_of_look(0)
    assert (ledger.looks, ledger.alpha_due(55)) == (1, 0)
    assert ledger.alpha_due(56) == alpha_of_look(1)


def test_an_imported_history_gets_one_look_with_the_alphas_of_its_length() -> None:
    """Up to a limit, which the first three looks do not reach."""
    spent = sum(alpha_of_look(number) for number in range(3))

    assert Ledger().alpha_due(84) == pytest.approx(spent)
    assert Ledger().alpha_due(3650) == MOST_ALPHA > spent
    assert Ledger().after_look(3650) == Ledger(130, MOST_ALPHA)


def test_the_first_two_looks_spend_hardly_anything() -> None:
    """So few days find an effect only by luck: what they spend misleads, and finds nothing that the third would not."""
    assert alpha_of_look(0) + alpha_of_look(1) < alpha_of_look(2) / 20


def test_every_year_after_the_first_spends_half_as_much() -> None:
    """A year has 13 looks, so all years together spend a bounded alpha."""
    later = alpha_of_look(12)

    assert [alpha_of_look(13), alpha_of_look(25), alpha_of_look(26)] == [later / 2, later / 2, later / 4]
    assert sum(map(alpha_of_look, range(1000))) < 0.2


def test_the_three_families_share_one_alpha() -> None:
    """Same-day factors, the next day and everything else spend no more than the alpha of the look."""
    assert sum(SHARES.values()) == pytest.approx(1)


@given(st.lists(st.integers(0, 5000), max_size=30))
def test_no_order_of_nights_makes_a_look_twice(counts: list[int]) -> None:
    """Entries may be deleted and imported again: no night spends more than the limit, and looks never go back."""
    ledger = Ledger()
    for entry_days in counts:
        later = ledger.after_look(entry_days)

        assert later.looks >= ledger.looks
        assert later.alpha_due(entry_days) == 0
        assert 0 <= later.spent - ledger.spent <= MOST_ALPHA + 1e-12
        ledger = later
    assert ledger.looks == max(counts, default=0) // DAYS_A_LOOK
