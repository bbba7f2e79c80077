"""`mend evaluate`: what is measured follows from the arguments. Each measurement is imported when it is asked for."""

from argparse import Namespace

from infra.errors import UserError
from infra.local import database
from infra.local.stack import StackSettings
from infra.seed import seed


def evaluate(settings: StackSettings, arguments: Namespace) -> bool:
    if arguments.review_model and arguments.safety is None:
        raise UserError("--review-model needs --safety.", "mend evaluate --safety --review-model NAME")
    if arguments.safety is not None:
        from infra.safety.report import report as safety_report

        for line in safety_report(arguments.safety, settings.environ, arguments.review_model):
            print(line, flush=True)
        return True
    if arguments.replies is not None:
        from infra.evaluate import replies

        return replies.main(arguments.replies)
    if arguments.search:
        return _evaluate_search(settings, arguments)
    from infra.evaluate import report  # with numpy
    from infra.evaluate.companion import report as companion
    from infra.evaluate.insights import report as insights

    return bool((companion if arguments.companion else insights if arguments.insights else report).main(arguments))


def _evaluate_search(settings: StackSettings, arguments: Namespace) -> bool:
    from infra.evaluate import search

    dsn = database.owner_dsn(settings)
    seed(dsn)
    bars = search.measure(dsn, arguments.search)
    print("\n".join(bar.line for bar in bars))
    return all(bar.held for bar in bars)
