"""The HTTP side of a function: declare operations, get routing, validation, problems, limits and OpenAPI."""

from shared.http.app import Api
from shared.http.fields import LEFT_OUT, ChangeModel, Kind, Limit, MoodName, PastMoment, RequestModel, Text
from shared.http.inputs import JsonBody
from shared.http.operations import Answers, Call, Operation, PublicOperation, Visit, model_response

__all__ = [
    "LEFT_OUT",
    "Answers",
    "Api",
    "Call",
    "ChangeModel",
    "JsonBody",
    "Kind",
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
