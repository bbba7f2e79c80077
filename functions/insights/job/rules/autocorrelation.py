"""The autocorrelation of moods from day to day, and how a regression accounts for it. Pure.

Neighbouring days are alike, so they tell less than independent days. The errors are taken to be AR(1): a day keeps the
share phi of the deviation of the day before. Days without an entry only widen the gap: over a gap of g days the share
is phi**g.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

PHIS = np.linspace(0.0, 0.95, 20)


def estimate_phi(residuals: Numbers, days: Numbers, basis: Numbers) -> float:
    """The phi under which the expected autocorrelation of the residuals is the observed one.

    `basis` has the orthonormal columns that a regression took out. Residuals of few days are less alike than the
    errors, because the regression also takes out slow changes of the errors. This estimate has no such bias.
    """
    neighbours = np.flatnonzero(np.diff(days) == 1)
    total = residuals @ residuals
    if len(neighbours) == 0 or total == 0:
        return 0.0
    observed = residuals[neighbours] @ residuals[neighbours + 1] / total
    # With M = I - QQ', residuals are M e. So E[sum of r[t] r[t+1]] = tr(MAM V) and E[sum of r[t]**2] = tr(M V), where
    # A has a 1 at (t, t+1), and V[i, j] = phi**|i - j|: both are polynomials in phi.
    later, before = np.zeros_like(basis), np.zeros_like(basis)  # AQ and A'Q
    later[neighbours], before[neighbours + 1] = basis[neighbours + 1], basis[neighbours]
    places = (days - days[0]).astype(np.intp)
    products, squares = -_sums_by_gap(basis, before, later - basis @ (basis.T @ later), places)
    products[1] += len(neighbours)
    squares[0] += len(days)
    powers = PHIS[:, None] ** np.arange(len(squares))
    return float(np.interp(observed, (powers @ products) / (powers @ squares), PHIS))


def _sums_by_gap(q: Numbers, before: Numbers, later: Numbers, places: NDArray[np.intp]) -> Numbers:
    """The elements of q @ before.T + later @ q.T, and of q @ q.T, summed by how many days row and column are apart."""
    span = int(places[-1]) + 1
    calendar = np.zeros((3, q.shape[1], 2 * span))
    calendar[:, :, places] = [q.T, before.T, later.T]
    q_, before_, later_ = np.fft.rfft(calendar)
    spectra = [(q_ * before_.conj() + later_ * q_.conj()).sum(axis=0), (q_ * q_.conj()).sum(axis=0)]
    sums = np.fft.irfft(spectra, 2 * span)
    by_gap: Numbers = sums[:, :span]
    by_gap[:, 1:] += sums[:, :span:-1]
    return by_gap


def whiten(columns: Numbers, days: Numbers, phi: float) -> Numbers:
    """The columns (n, k) after the Prais-Winsten transformation: AR(1) errors become independent, of equal variance."""
    kept = phi ** np.diff(days)[:, None]
    later = (columns[1:] - kept * columns[:-1]) / np.sqrt(1 - kept**2)
    return np.concatenate([columns[:1], later])
