// Package postgres keeps the hub's truth. It is the only importer of pgx, with a file per aggregate under the noun that
// the other layers use, each SQL text as a const beside the function that runs it.
//
// A DB holds two pools over one database. read runs in a transaction of the app role, under row-level security, as the
// principal that asks: the second lock behind hub/access. write runs as the worker role, past row-level security: the
// domain packages have decided before they call it. Postgres refuses COPY under row-level security, so papers and what
// becomes of them are written there. change writes as the app role, where row-level security decides on the change as well:
// organisations, four eyes, keys. Database errors become the hub's errors in one place, errors.go.
package postgres
