package endtoend

// recordMoves makes the database of a test write down how every delivery moves, for whoever checks the history. Nothing of
// the hub knows of it.
var recordMoves = []string{
	`CREATE TABLE test_moves (
		seq      bigint GENERATED ALWAYS AS IDENTITY,
		delivery uuid NOT NULL, channel text NOT NULL,
		was text NOT NULL, attempts_before integer NOT NULL, now text NOT NULL, attempts integer NOT NULL)`,
	`CREATE FUNCTION test_record_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
		INSERT INTO test_moves (delivery, channel, was, attempts_before, now, attempts)
			SELECT n.id, n.channel, o.status, o.attempts, n.status, n.attempts FROM before o JOIN after n USING (id)
			WHERE o.status <> n.status OR o.attempts <> n.attempts;
		RETURN NULL;
	END $$`,
	`CREATE TRIGGER test_moves AFTER UPDATE ON deliveries REFERENCING OLD TABLE AS before NEW TABLE AS after
		FOR EACH STATEMENT EXECUTE FUNCTION test_record_moves()`,
	`CREATE INDEX test_moves_delivery ON test_moves (delivery, seq)`,
}

// The machine as package hub draws it. A status that stays is no move.
const drawnMachine = `(VALUES
	('inbox', 'pending', '{queued,delivered,failed,cancelled,expired}'::text[]),
	('inbox', 'queued', '{pending,delivered,failed,cancelled,expired}'),
	('sms', 'pending', '{queued,sending,failed,cancelled,expired}'), ('sms', 'queued', '{pending,sending,failed,cancelled,expired}'),
	('sms', 'sending', '{pending,sent,unknown,delivered,failed}'), ('sms', 'sent', '{unknown,delivered,failed}'),
	('sms', 'unknown', '{pending,sent,delivered,failed}')
) AS drawn (channel, was, may)`
