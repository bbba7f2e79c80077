"""What a reply uses, round by round. A round is reserved before its model is asked, and settled at the end."""

from dataclasses import asdict
from datetime import datetime

from functions.companion.models import ReplyReceipt
from functions.companion.usage import limits
from shared.ai.models import cost_micros
from shared.ai.port import Usage
from shared.db import Connection


class ReplyTally:
    """The receipts of the rounds: with the estimates that were reserved, and with what the providers have counted."""

    def __init__(self) -> None:
        self._reserved: list[ReplyReceipt] = []
        self._receipts: list[ReplyReceipt] = []

    def begin(self, reserved: ReplyReceipt | None) -> None:
        """Begin a round. None if no model of a provider is asked."""
        if reserved:
            self._reserved.append(reserved)
            self._receipts.append(reserved)

    def asked(self, model: str) -> None:
        """A model is asked. What another one has counted before it does not hold."""
        if self._reserved:
            self._receipts[-1] = self._reserved[-1].model_copy(update={"model": model})

    def counted(self, usage: Usage) -> None:
        if self._receipts:
            tokens, model = asdict(usage), self._receipts[-1].model
            cost = cost_micros(model, **tokens) if model else None
            update = {**tokens, "cost_micros": cost, "estimated": False}
            self._receipts[-1] = self._receipts[-1].model_copy(update=update)

    def receipt(self) -> ReplyReceipt | None:
        """The receipt of the reply: the latest round, with the sums of all."""
        if not self._receipts:
            return None
        costs = [receipt.cost_micros for receipt in self._receipts]
        known = [cost for cost in costs if cost is not None]
        notices = [notice for receipt in self._receipts for notice in receipt.notices]
        sums = {
            "input_tokens": sum(receipt.input_tokens for receipt in self._receipts),
            "input_bound": sum(receipt.input_bound for receipt in self._receipts),
            "output_tokens": sum(receipt.output_tokens for receipt in self._receipts),
            "cached_tokens": sum(receipt.cached_tokens for receipt in self._receipts),
            "cost_micros": sum(known) if len(known) == len(costs) else None,
            "estimated": any(receipt.estimated for receipt in self._receipts),
            "notices": list(dict.fromkeys(notices)),
        }
        return self._receipts[-1].model_copy(update=sums)

    def settle(self, conn: Connection, began: datetime) -> None:
        """Correct the estimates of the rounds that were counted."""
        for reserved, receipt in zip(self._reserved, self._receipts, strict=True):
            if not receipt.estimated:
                limits.settle(conn, began, reserved, receipt)
