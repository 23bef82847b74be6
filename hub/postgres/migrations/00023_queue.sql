-- +goose Up
-- The receipts of a statement wait for the log together, at most a hundred to a row: a row each, written, found and deleted
-- again, was a third of all that a paper's pages were touched for. A hundred are what a row holds without a place elsewhere.
DROP TRIGGER receipts_to_ledger ON receipts;
ALTER TABLE ledger_queue RENAME TO ledger_queue_before;
ALTER INDEX ledger_queue_pkey RENAME TO ledger_queue_before_pkey;
CREATE TABLE ledger_queue (
    first    uuid PRIMARY KEY,  -- of the receipts
    receipts uuid[] NOT NULL CHECK (first = receipts[1])
);
INSERT INTO ledger_queue (first, receipts)
    SELECT (array_agg(receipt ORDER BY receipt))[1], array_agg(receipt ORDER BY receipt)
    FROM (SELECT receipt, (row_number() OVER (ORDER BY receipt) - 1) / 100 AS part FROM ledger_queue_before) q GROUP BY part;
DROP TABLE ledger_queue_before;
GRANT SELECT, INSERT, DELETE ON ledger_queue TO eblagh_worker;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION hub_queue_receipts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT id FROM added ORDER BY id);
BEGIN
    FOR i IN 1..cardinality(ids) BY 100 LOOP
        INSERT INTO ledger_queue (first, receipts) VALUES (ids[i], ids[i:i + 99]);
    END LOOP;
    RETURN NULL;
END $$;

-- The oldest rows of the queue with so many receipts at most, and always one row.
CREATE FUNCTION hub_waiting(most integer) RETURNS SETOF ledger_queue LANGUAGE plpgsql STABLE AS $$
DECLARE
    q ledger_queue;
    n integer := 0;
BEGIN
    FOR q IN SELECT * FROM ledger_queue ORDER BY first LOOP
        n := n + cardinality(q.receipts);
        EXIT WHEN n > most AND n > cardinality(q.receipts);
        RETURN NEXT q;
    END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER receipts_to_ledger AFTER INSERT ON receipts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION hub_queue_receipts();
