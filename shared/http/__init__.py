"""The HTTP side of a function: declare operations, get routing, validation, problems, limits and OpenAPI."""

from shared.http.app import Api
from shared.http.fields import LEFT_OUT, ChangeModel, Limit, MoodName, PastMoment, RequestModel, Text
from shared.http.operations import Answers, Call, Operation, PublicOperation, Visit, model_response
from shared.http.reading import JsonBody

__all__ = [
    "LEFT_OUT",
    "Answers",
    "Api",
    "Call",
    "ChangeModel",
    "JsonBody",
    "Limit",
    "MoodName",
    "Operation",
    "PastMoment",
    "PublicOperation",
    "RequestModel",
    "Text",
    "Visit",
    "model_response",
]
