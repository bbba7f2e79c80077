-- What replies cost, in millionths of a US dollar (docs/companion.md).
ALTER TABLE mend.ai_usage ADD COLUMN cost_micros bigint; -- null if a model of the day has no price

-- What all replies of a month cost. The sum is spread over rows, so that replies of different people seldom wait for
-- each other. It names no person.
CREATE TABLE mend.ai_spending (
    month date NOT NULL,
    shard smallint NOT NULL CHECK (shard BETWEEN 0 AND 15),
    cost_micros bigint NOT NULL,
    PRIMARY KEY (month, shard)
);

ALTER TABLE mend.ai_spending ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.ai_spending FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.ai_spending TO mend_service;
CREATE POLICY service ON mend.ai_spending TO mend_service USING (true);

-- Adds to what a month has cost, and returns its sum. Adding 0 only reads. Replies that begin at the same time do not see
-- each other. The function runs with the rights of its owner (SECURITY DEFINER), because the rows belong to nobody.
CREATE FUNCTION mend.spend_on_ai(month date, cost_micros bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    INSERT INTO mend.ai_spending AS s (month, shard, cost_micros)
    SELECT spend_on_ai.month, get_byte(uuid_send(mend.uid()), 15) % 16, spend_on_ai.cost_micros
    WHERE spend_on_ai.cost_micros <> 0
    ON CONFLICT ON CONSTRAINT ai_spending_pkey DO UPDATE SET cost_micros = s.cost_micros + excluded.cost_micros;

    SELECT coalesce(sum(s.cost_micros), 0)::bigint FROM mend.ai_spending AS s WHERE s.month = spend_on_ai.month;
$$;

REVOKE EXECUTE ON FUNCTION mend.spend_on_ai(date, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mend.spend_on_ai(date, bigint) TO mend_user;
