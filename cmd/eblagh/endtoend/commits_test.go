package endtoend

import "fmt"

// failCommits lets a test make so many of a hundred transactions fail when they commit: half of them as if Postgres could
// not decide between two, half as if the disk were full. Nothing of the hub knows of it.
func failCommits(seed int64) []string {
	statements := []string{
		`CREATE TABLE test_commits AS SELECT 0 AS fail`,
		fmt.Sprintf(`CREATE FUNCTION test_fail_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
			DECLARE percent bigint; dice bigint := abs(hashint8extended(txid_current(), %d) %% 1000); BEGIN
				SELECT fail INTO percent FROM test_commits;
				IF dice < percent * 5 THEN RAISE EXCEPTION 'the commit fails' USING ERRCODE = '40001'; END IF;
				IF dice < percent * 10 THEN RAISE EXCEPTION 'the commit fails' USING ERRCODE = '53100'; END IF;
				RETURN NULL;
			END $$`, seed),
	}
	// What the hub writes in each of its transactions that matter: one of these.
	for _, table := range []string{"deliveries", "attempts", "reports", "inbox_cursors", "idempotency_keys", "opens"} {
		statements = append(statements, `CREATE CONSTRAINT TRIGGER test_fail_commit AFTER INSERT OR UPDATE ON `+table+
			` DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_fail_commit()`)
	}
	return statements
}
