// Package pgtest gives a test a database of its own on a real Postgres, and a Redis of its own.
//
// One cluster serves many tests: the one that EBLAGH_TEST_DATABASE_URL names (the program withstack starts it for a whole
// run), else a private one per test binary. In it the schema is migrated once, into a template database named by the
// fingerprint of the migrations; each test gets a clone, which is dropped when the test ends. A missing server fails the
// test: none is skipped.
package pgtest
