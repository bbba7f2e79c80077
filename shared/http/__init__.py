"""HTTP: routing, validation, errors, limits and OpenAPI follow from the operations that a function declares."""

from shared.http.app import Api
from shared.http.fields import (
    OMITTABLE,
    VISIBLE,
    ChangeModel,
    Kind,
    LanguageTag,
    Limit,
    LocalMoment,
    MoodName,
    PastMoment,
    RequestModel,
    StoredKind,
    StoredMood,
    TargetMood,
    Text,
    TimeOfDay,
    one_of,
)
from shared.http.inputs import JsonBody
from shared.http.operations import (
    Answers,
    Call,
    LongCall,
    LongOperation,
    Operation,
    PublicCall,
    PublicOperation,
    Streamed,
)
from shared.http.responses import ResponseModel, kept_response, model_response
from shared.http.streams import EventStream, ServerEvent, Stream

__all__ = [
    "OMITTABLE",
    "VISIBLE",
    "Answers",
    "Api",
    "Call",
    "ChangeModel",
    "EventStream",
    "JsonBody",
    "Kind",
    "LanguageTag",
    "Limit",
    "LocalMoment",
    "LongCall",
    "LongOperation",
    "MoodName",
    "Operation",
    "PastMoment",
    "PublicCall",
    "PublicOperation",
    "RequestModel",
    "ResponseModel",
    "ServerEvent",
    "StoredKind",
    "StoredMood",
    "Stream",
    "Streamed",
    "TargetMood",
    "Text",
    "TimeOfDay",
    "kept_response",
    "model_response",
    "one_of",
]
