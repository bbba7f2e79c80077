"""The SQL of sign-in. The owner of the database runs it: functions have no rights on these tables."""

from typing import LiteralString

_ACCOUNT: LiteralString = """
    SELECT u.id, u.email, coalesce(u.raw_app_meta_data, '{}') AS app_metadata,
           coalesce(u.raw_user_meta_data, '{}') AS user_metadata, u.created_at, u.email_confirmed_at,
           a.password_hash, a.new_email, a.updated_at, a.last_sign_in_at, mend.is_erased(u.id) AS is_erased
    FROM auth.users AS u LEFT JOIN local.accounts AS a ON a.user_id = u.id
"""
ACCOUNT_BY_ID: LiteralString = _ACCOUNT + "WHERE u.id = %(id)s"
# Locked, so that an erasure that has just begun deletes the account before this, and is then seen, or after it.
ACCOUNT_BY_EMAIL: LiteralString = _ACCOUNT + "WHERE lower(u.email) = %(email)s FOR NO KEY UPDATE OF u"
ACCOUNT_BY_NEW_EMAIL: LiteralString = _ACCOUNT + "WHERE a.new_email = %(email)s ORDER BY a.updated_at DESC LIMIT 1"

INSERT_USER: LiteralString = """
    INSERT INTO auth.users (id, email, is_anonymous, raw_app_meta_data, raw_user_meta_data, created_at)
    VALUES (%(id)s, %(email)s, %(email)s::text IS NULL, %(app_metadata)s, %(user_metadata)s, %(now)s)
"""
UPDATE_USER: LiteralString = """
    UPDATE auth.users
    SET email = %(email)s, is_anonymous = %(email)s::text IS NULL, last_sign_in_at = %(last_sign_in_at)s,
        email_confirmed_at = %(email_confirmed_at)s, raw_app_meta_data = %(app_metadata)s,
        raw_user_meta_data = %(user_metadata)s
    WHERE id = %(id)s
"""
UPSERT_ACCOUNT: LiteralString = """
    INSERT INTO local.accounts (user_id, password_hash, new_email, updated_at, last_sign_in_at)
    VALUES (%(id)s, %(password_hash)s, %(new_email)s, %(updated_at)s, %(last_sign_in_at)s)
    ON CONFLICT (user_id) DO UPDATE
        SET (password_hash, new_email, updated_at, last_sign_in_at)
          = (excluded.password_hash, excluded.new_email, excluded.updated_at, excluded.last_sign_in_at)
"""

INSERT_SESSION: LiteralString = """
    WITH session AS (
        INSERT INTO auth.sessions (id, user_id, created_at, updated_at, user_agent, ip)
        VALUES (%(id)s, %(user_id)s, %(now)s, %(now)s, %(user_agent)s, %(ip)s)
        RETURNING id, user_id, created_at
    )
    INSERT INTO local.sessions (id, user_id, method, created_at)
    SELECT id, user_id, %(method)s, created_at FROM session
"""
SESSION: LiteralString = "SELECT id FROM auth.sessions WHERE id = %(id)s AND user_id = %(user_id)s"
REVOKE_SESSION: LiteralString = "UPDATE local.sessions SET revoked = true WHERE id = %(id)s"
# 'others' keeps the session of the caller, 'local' deletes only that one, 'global' deletes all.
DELETE_SESSIONS: LiteralString = """
    DELETE FROM auth.sessions
    WHERE user_id = %(user_id)s
      AND CASE %(scope)s WHEN 'local' THEN id = %(id)s WHEN 'others' THEN id IS DISTINCT FROM %(id)s ELSE true END
"""
INSERT_REFRESH: LiteralString = """
    INSERT INTO local.refresh_tokens (hash, session_id) VALUES (%(hash)s, %(session_id)s)
"""
# Locks both rows, so that concurrent requests with one token see each other's result.
LOAD_REFRESH: LiteralString = """
    SELECT t.used_at, s.id AS session_id, s.user_id, s.method, s.created_at, s.revoked
    FROM local.refresh_tokens AS t JOIN local.sessions AS s ON s.id = t.session_id
    WHERE t.hash = %(hash)s FOR UPDATE
"""
USE_REFRESH: LiteralString = """
    WITH used AS (
        UPDATE local.refresh_tokens SET used_at = %(now)s WHERE hash = %(hash)s RETURNING session_id
    )
    UPDATE auth.sessions AS s SET updated_at = %(now)s, refreshed_at = %(now)s::timestamptz AT TIME ZONE 'UTC'
    FROM used WHERE s.id = used.session_id
"""

UPSERT_CODE: LiteralString = """
    INSERT INTO local.one_time_codes (user_id, purpose, hash, sent_at, code_challenge, code_challenge_method)
    VALUES (%(user_id)s, %(purpose)s, %(hash)s, %(sent_at)s, %(code_challenge)s, %(code_challenge_method)s)
    ON CONFLICT (user_id, purpose) DO UPDATE
        SET (hash, sent_at, code_challenge, code_challenge_method)
          = (excluded.hash, excluded.sent_at, excluded.code_challenge, excluded.code_challenge_method)
"""
# A code is deleted by its first use. Of two concurrent requests one gets it.
TAKE_CODE: LiteralString = """
    DELETE FROM local.one_time_codes WHERE hash = %(hash)s AND purpose = ANY(%(purposes)s)
    RETURNING user_id, purpose, sent_at, code_challenge, code_challenge_method
"""
DELETE_CODES: LiteralString = "DELETE FROM local.one_time_codes WHERE user_id = %(user_id)s"
LOCALE: LiteralString = "SELECT locale FROM public.user_profiles WHERE user_id = %(user_id)s"
INSERT_MAIL: LiteralString = """
    INSERT INTO local.mails (sent_at, address, key, subject, text, html)
    VALUES (%(now)s, %(address)s, %(key)s, %(subject)s, %(text)s, %(html)s)
"""
