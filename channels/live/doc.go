// Package live is the open websocket on which a person's app or page learns of a new notice at once. It is a nudge and
// nothing more: what counts is the inbox, and a cursor (1, 2, 3 … per recipient) tells exactly what a connection has
// seen, so that a client that comes back gets just what it missed, each notice once and in order.
//
// A Registry holds the connections of one process. Each has a position: everything up to it was put on its way to the
// socket. A nudge says only that somebody's inbox reaches up to a cursor; a collector gathers for a few milliseconds the
// connections that fell behind and reads the covers between position and cursor for all of them with one query. A lost
// nudge is therefore no lost notice: the next one, or the look that goes with every ping, makes up for it.
//
//	dispatch ── Relay.Nudge ──► Redis ──► Relay.Run on each live node ──► Registry.Notify ──► collector ──► sockets
//	                  └─────────────── the same process, also without Redis ──────┘
//
// While Redis, or the subscription, is away the Registry asks the store once a second about those who are connected.
//
// A connection lasts no longer than the session that opened it, nor than the power to act for whose inbox it is: before
// each page of covers and with every ping the store is asked for many viewers at once, and Relay.Recheck names those
// whose session or power has just ended, to every node.
//
// Evidence: what was written to a socket becomes receipt D.3, what the client acknowledged NotificationDelivered, each
// once per notice, written for many connections at a time.
//
// Ten thousand idle connections must cost little: one reading goroutine each, small buffers, writers that exist only
// while there is something to write, one wheel for all pings instead of timers. Nothing is unbounded: connections per
// person and in all, bytes that wait for a slow reader, frames that a client may send. Whoever is turned away is told
// why by a bye and a close code: below 3500 means come back.
package live
