import numpy as np
import pytest

from functions.insights.job.rules.autocorrelation import PHIS, estimate_phi, whiten
from functions.insights.job.rules.daily_series import Numbers
from tests.unit.insights.simulated_days import autocorrelated


def trend_basis(days: Numbers) -> Numbers:
    return np.linalg.qr(np.column_stack([np.ones_like(days), days]))[0]


def residuals(values: Numbers, basis: Numbers) -> Numbers:
    left: Numbers = values - basis @ (basis.T @ values)
    return left


def test_the_estimate_has_little_bias_in_short_series() -> None:
    """In 40 days with a trend the plain autocorrelation of the residuals is far too small."""
    rng, days = np.random.default_rng(1), np.arange(40.0)
    basis = trend_basis(days)
    observed = [residuals(autocorrelated(rng, 40, 0.5), basis) for _ in range(1000)]

    estimates = [estimate_phi(left, days, basis) for left in observed]

    assert np.mean([left[1:] @ left[:-1] / (left @ left) for left in observed]) < 0.4
    assert np.mean(estimates) == pytest.approx(0.5, abs=0.04)


def test_gaps_are_accounted_for_exactly() -> None:
    """With days missing, the expected autocorrelation is that of the matrices that define it."""
    rng = np.random.default_rng(2)
    days = np.sort(rng.choice(120, 80, replace=False)).astype(float)
    basis = trend_basis(days)
    left = residuals(autocorrelated(rng, 120, 0.6)[days.astype(int)], basis)
    neighbours = np.flatnonzero(np.diff(days) == 1)
    shift = np.zeros((80, 80))
    shift[neighbours, neighbours + 1] = 1
    maker = np.eye(80) - basis @ basis.T
    covariances = [phi ** np.abs(days[:, None] - days) for phi in PHIS]
    expected = [np.trace(maker @ shift @ maker @ v) / np.trace(maker @ v) for v in covariances]

    phi = estimate_phi(left, days, basis)

    assert phi == pytest.approx(np.interp(left @ shift @ left / (left @ left), expected, PHIS))


def test_without_neighbouring_days_there_is_no_autocorrelation_to_see() -> None:
    """An entry every other day, and moods that never change, count as independent."""
    days = np.arange(0.0, 60, 2)

    assert estimate_phi(np.random.default_rng(1).normal(size=30), days, trend_basis(days)) == 0
    assert estimate_phi(np.zeros(30), np.arange(30.0), trend_basis(np.arange(30.0))) == 0


def test_whitened_errors_are_independent() -> None:
    """Over gaps too, the transformed covariance is the identity."""
    days = np.array([0.0, 1, 2, 5, 6, 10])
    covariance = 0.6 ** np.abs(days[:, None] - days)
    whitening = whiten(np.eye(6), days, 0.6)

    assert whitening @ covariance @ whitening.T == pytest.approx(np.eye(6), abs=1e-12)
