// Package ladder informs people who do not open what has arrived. A ladder is data (config/ladders): for each kind of
// paper its rungs, live and SMS at the arrival, a second SMS after some days unopened, at last an officer who carries the
// paper to the address. None of it is service, which happened with the arrival; each rung leaves its receipts.
//
// The rung that waits is a row with a due time, written in the transaction of the arrival; each rung that fires writes
// the next. Fire takes due rows, on any node and on several at once: rows are locked, facts are read under the lock, and
// what a rung does commits with the mark that it fired, so that a crash between the two is not possible. Opening (E.1)
// stops the ladder in its own transaction and withdraws the officer's task; both take the notice's inbox delivery as
// their lock, so that a rung never acts on a paper that was opened before. A correction that arrives stops it too.
//
// The officer's half: Take, Return and Fetch. A return is final; a wrong one is answered by another that corrects it.
package ladder
