// Package smpp sends texts through an operator's message centre over SMPP 3.4. A Provider keeps several connections, each
// bound as transceiver with a window of its own, asks after them with enquire_link, and binds again after a loss, a little
// later each time. A text goes out part by part over one connection and has one outcome:
//
//	refused by every rule of the table in status.go      deferred or rejected
//	the answer is throttled                              the connection pauses, the same part goes first, then deferred
//	no answer in time, connection lost after the part    unknown
//	no connection, connection lost before the part       deferred
//	every part answered with success                     accepted
//
// Delivery reports are acknowledged once they are taken; else the message centre brings them again. The message id of a
// text in one part is the message centre's. A text in several parts has one report per part, and is delivered only when
// every part is: its id is the first part's with the number of the others, as in 4f2a+2, which no message centre's report
// carries. So what a part alone says never counts for the text: when this process has forgotten the parts, after a
// restart or beyond the bound, or when another process hears of them, such a text becomes unknown, never falsely
// delivered. A report that comes while texts in parts are on their way is held until it is known whose it is.
package smpp
