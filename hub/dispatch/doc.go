// Package dispatch moves papers. Submit takes them in: a decision of hub/access, a check that names every wrong field,
// one transaction, and only then an answer. From that commit on each delivery reaches a final state, whatever dies on
// the way, for every step is a short transaction on rows that become due again by themselves:
//
//	Submit ─┬─► delivered: inbox row, cursor, D.1; then the nudge
//	        └─► pending ─ Pump claims ─► queued ─► Arrive: the same
//	a text that is due ─► Texts: attempt row ─ commit ─ send ─ outcome ─ commit
//	providers ─► Report ─► delivered, failed           Reconcile ─► overdue, unknown, expired
//
// A paper that is in force and that no hold covers arrives under the commit that accepts it: between the two there is no
// moment in which it could be lost or late. What comes into force later, what was held and a correction arrive by the Pump,
// and so does everything with Options.Queued.
//
// Where an organisation wants four eyes, Submit keeps papers as drafts, and Approve is the submission: one transaction
// makes a draft a notice, judged anew, by another person than its author. A draft serves nobody.
//
// The one gate of all texts is where their attempts begin: what is held, what would ring in its recipient's quiet hours,
// and what is too late does not pass, whichever road it came (arrival, retry, replay, ladder).
//
// The Pump hands the ids of claimed arrivals to a queue, or, while that is away, does the work itself; the queue holds nothing
// that the rows do not know. Texts it takes where they are sent, a slice at a time, by the commit that begins their attempts:
// a queue between the two held them out of the order of who is fair and urgent, and cost another version of each. Every step may
// run twice, on several machines at once: rows are locked in one order (deliveries by id, then inbox heads by recipient), outcomes are fenced by
// (delivery, attempt), states only move forward.
//
// Providers' reports are kept as they came, then matched with the attempt that names their message, or the part of one: a
// text that went in parts is delivered when every part is. What is overdue is asked for where the provider can be asked
// (Querier), and an answer that comes after its attempt was given up still counts (Settle); whatever nobody settles is
// unknown for a stated time and then closes. Reports on messages that no attempt names wait for a week, are bounded in
// number, and slow down whoever brings them rather than what is due.
//
// The order of durability is the same everywhere: stage, commit, then tell others, then answer. What is told (the
// nudge, the wake-up) is best effort, because whoever missed it finds the rows.
package dispatch
