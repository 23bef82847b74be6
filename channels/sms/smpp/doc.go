// Package smpp sends texts through an operator's message centre over SMPP 3.4. A Provider keeps several connections, each
// bound as transceiver with a window of its own, asks after them with enquire_link, and binds again after a loss, a little
// later each time. A text goes out part by part over one connection and has one outcome:
//
//	refused by every rule of the table in status.go      deferred or rejected
//	the answer is throttled                              the connection pauses, the same part goes first, then deferred
//	no answer in time, connection lost after the part    unknown; an answer that comes late still settles it
//	no connection, connection lost before the part       deferred
//	every part answered with success                     accepted
//
// What became of a text whose report is overdue is asked with query_sm. Delivery reports are acknowledged once they are taken; else the message centre brings them again. The package remembers
// nothing about texts: every part has a message id and a report of its own, the hub keeps the ids of all, and knows that
// a text is delivered when every part is. So a report counts whenever it comes, over whichever connection, to any process.
package smpp
