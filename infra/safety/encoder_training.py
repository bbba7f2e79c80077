"""Trains the encoder of the output gate, in an environment of its own: `make encoder` writes it in an hour.

It begins with a network that knows both languages, and goes on with the labelled replies: which are harmful, and in
which way, or what a good one is about. It prints what the gate does with the replies of the writers who are held out;
they set its bounds.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import NamedTuple, TypeAlias

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from infra.safety import encoder_base
from infra.safety.encoder_file import arrays_of, write_encoder
from infra.safety.reply_training import Reply, apart, bound_of, replies, train
from infra.safety.reply_words import NAMES
from shared.safety.replies.encoder import MOST_PIECES, Bounds, ReplyEncoder, reply_encoder
from shared.safety.replies.gate import ReplyGate
from shared.safety.replies.scorer import ReplyScorer, is_short, reply_scorer
from shared.safety.replies.word_pieces import WordPieces

# The share of the score by n-grams, which is larger in German because the base has read little of it; and the shares of
# good replies with a part that reaches the bounds. Stricter ones in German would let half as many harmful replies again
# pass.
SHARES = {"english": Bounds(0.1, likely=0.03, certain=0.015), "german": Bounds(0.3, likely=0.04, certain=0.02)}
ROUNDS = 3
AT_ONCE = 64
THREADS = 2  # that share the texts which are read at once: with one core each, they are faster than one with two
SORTED_AT_ONCE = 2048  # so that texts of about the same length are read at once
SPEED = 1.5e-4
HEAD_SPEED = 10 * SPEED
WARM_UP = 0.1  # of the steps
OF_CATEGORIES = 0.2  # of what is learned, beside whether a reply is harmful
FEWEST = 100  # replies of a category that is told from others
NONE = -1  # a reply without a category

Tensor: TypeAlias = torch.Tensor


class Example(NamedTuple):
    text: str
    is_harmful: float
    category: int
    weight: float


class Network(torch.nn.Module):  # type: ignore[misc]
    """The base, and one number for each category. The harmful categories come first."""

    def __init__(self, categories: Sequence[str], harmful: int, pieces: WordPieces) -> None:
        super().__init__()
        self.categories = categories
        self.harmful = harmful
        self.pieces = pieces
        self.base = encoder_base.network(pieces)
        self.head = torch.nn.Linear(self.base.config.hidden_size, len(categories))

    def forward(self, texts: Sequence[str]) -> Tensor:
        pieces = [torch.tensor(self.pieces.framed([*self.pieces.of(text)][:MOST_PIECES])) for text in texts]
        mask = pad_sequence([torch.ones_like(own) for own in pieces], batch_first=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            padded = pad_sequence(pieces, batch_first=True)
            states = self.base(padded, attention_mask=mask).last_hidden_state.float()
        mask = mask.unsqueeze(-1)
        result: Tensor = self.head((states * mask).sum(1) / mask.sum(1))
        return result

    def loss(self, examples: Sequence[Example]) -> Tensor:
        texts, is_harmful, categories, weights = zip(*examples, strict=True)
        scores = self(texts)
        harm = scores[:, : self.harmful].logsumexp(1) - scores[:, self.harmful :].logsumexp(1)
        losses = functional.binary_cross_entropy_with_logits(harm, torch.tensor(is_harmful), reduction="none")
        of_categories = functional.cross_entropy(scores, torch.tensor(categories), ignore_index=NONE, reduction="sum")
        return (losses * torch.tensor(weights)).mean() + OF_CATEGORIES * of_categories / len(examples)


def categories_of(known: Sequence[Reply]) -> tuple[list[str], int]:
    """The names of the frequent categories, and how many of them are harmful."""
    harmful, good = (
        sorted(name for name, count in counts.items() if count >= FEWEST)
        for counts in (
            Counter(reply.category for reply in known if reply.category and reply.is_good == is_good)
            for is_good in (False, True)
        )
    )
    return [*harmful, *good], len(harmful)


def examples_of(reply: Reply, network: Network) -> Iterator[Example]:
    """All of a reply; and another part of a good one in each round, because no part of that is harmful."""
    text, category = "".join(reply.sentences), reply.category
    known = category in network.categories
    number = network.categories.index(category) if known and category else NONE
    yield Example(text, float(not reply.is_good), number, reply.weight)
    parts = [part for part, words in reply.parts.items() if part != text and not is_short(words)]
    if reply.is_good and parts:
        yield Example(random.choice(parts), 0.0, NONE, reply.weight)  # noqa: S311 - it need not be secret


def batches(known: Sequence[Reply], network: Network) -> Iterator[list[Example]]:
    examples = [example for reply in known for example in examples_of(reply, network)]
    random.shuffle(examples)
    parts = [examples[start : start + SORTED_AT_ONCE] for start in range(0, len(examples), SORTED_AT_ONCE)]
    in_order = [sorted(part, key=lambda example: len(example.text)) for part in parts]
    of_part = [part[start : start + AT_ONCE] for part in in_order for start in range(0, len(part), AT_ONCE)]
    random.shuffle(of_part)
    yield from of_part


def trained(known: Sequence[Reply]) -> Network:
    pieces = encoder_base.kept_pieces("".join(reply.sentences) for reply in known)
    network = Network(*categories_of(known), pieces)
    groups = [
        {"params": network.base.parameters(), "lr": SPEED},
        {"params": network.head.parameters(), "lr": HEAD_SPEED},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = ROUNDS * len(list(batches(known, network)))
    speed = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / (WARM_UP * steps)) * (1 - step / (steps + 1))
    )
    network.train()
    with ThreadPoolExecutor(THREADS, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        for batch in (batch for _ in range(ROUNDS) for batch in batches(known, network)):
            set_gradients(network, batch, threads)
            torch.nn.utils.clip_grad_norm_(network.base.parameters(), 1.0)
            optimiser.step()
            speed.step()
    return network


def set_gradients(network: Network, batch: Sequence[Example], threads: ThreadPoolExecutor) -> None:
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]

    def gradients(part: Sequence[Example]) -> Sequence[Tensor]:
        of_part: Sequence[Tensor] = torch.autograd.grad(network.loss(part) * len(part) / len(batch), learned)
        return of_part

    parts = [batch[number::THREADS] for number in range(min(THREADS, len(batch)))]
    for parameter, *of_parts in zip(learned, *threads.map(gradients, parts), strict=True):
        parameter.grad = sum(of_parts)


def bounded(encoder: ReplyEncoder, scorer: ReplyScorer, unseen: Sequence[Reply]) -> dict[str, Bounds]:
    """The bounds of each language, from the good replies of writers whom neither has seen."""
    bounds = {}
    for language, (share, likely, certain) in SHARES.items():
        good = [reply for reply in unseen if reply.is_good and NAMES[reply.language] == language]
        suspects = [scorer.suspects(reply.parts) for reply in good]
        highest = [encoder.highest(texts, share) if texts else -inf for texts in suspects]
        bounds[language] = Bounds(share, bound_of(highest, likely), bound_of(highest, certain))
    return bounds


def report(encoder: ReplyEncoder, scorer: ReplyScorer, unseen: Sequence[Reply]) -> Iterator[str]:
    """What the whole gate does with replies that neither has seen."""
    for language in NAMES:
        for name, is_good in (("harmful", False), ("good", True)):
            own = [reply for reply in unseen if reply.language == language and reply.is_good == is_good]
            replaced = sum(_is_replaced(reply, ReplyGate(language, scorer, encoder)) for reply in own)
            yield f"{language}: replaced {replaced} of {len(own)} {name}"


def _is_replaced(reply: Reply, gate: ReplyGate) -> bool:
    gate.screen(reply.sentences)
    return bool(gate.replaced)


def write() -> None:
    torch.manual_seed(0)
    random.seed(0)
    seen, unseen = apart(replies())
    network = trained(seen)
    base, head = (
        {name: tensor.float().numpy() for name, tensor in part.state_dict().items()}
        for part in (network.base, network.head)
    )
    arrays = arrays_of(base, head)
    write_encoder(arrays, network.pieces, network.harmful, {})  # without bounds, which it sets itself
    encoder, scorer = reply_encoder(), train(seen)._replace(likely=reply_scorer().likely)
    bounds = bounded(encoder, scorer, unseen)
    write_encoder(arrays, network.pieces, network.harmful, bounds)
    print("\n".join(report(encoder._replace(bounds=bounds), scorer, unseen)))


if __name__ == "__main__":
    write()
