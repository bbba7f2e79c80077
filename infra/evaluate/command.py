"""`mend evaluate`: what is measured follows from the arguments. Each measurement is imported when it is asked for."""

from argparse import Namespace

from infra.local import database
from infra.local.stack import StackSettings
from infra.seed import seed


def evaluate(settings: StackSettings, arguments: Namespace) -> bool:
    if arguments.safety is not None:
        from infra.safety.report import report as safety_report

        for line in safety_report(arguments.safety):
            print(line, flush=True)
        return True
    if arguments.companion:
        from infra.evaluate.companion import report as companion_report

        return companion_report.main(arguments)
    if arguments.replies is not None:
        from infra.evaluate import replies

        print("\n".join(replies.report(arguments.replies or replies.OWN)))
        return True
    from infra.evaluate import report, search  # with numpy, which no other command needs
    from infra.evaluate.insights import report as insight_report

    if arguments.search:
        dsn = database.owner_dsn(settings)
        seed(dsn)
        bars = search.measure(dsn, arguments.search)
        print("\n".join(bar.line for bar in bars))
        return all(bar.held for bar in bars)
    return insight_report.main(arguments) if arguments.insights else report.main(arguments)
