"""The servers other tests rely on are real, and are gone afterwards."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import psutil
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from infra.local.postgres import Server, running
from tests.servers import (
    firestore_emulator,
    have_firestore,
    have_pgbouncer,
    have_postgrest,
    pgbouncer,
    postgrest,
)
