// Package rules answers what the law makes of what happened. A notice has arrived, was opened, was withdrawn: a rule
// turns these facts into a service status, the moment of service and the norm it rests on. Transport plays no part:
// a text message that failed never un-serves, and one that was delivered never serves.
//
// Rules are data, not code: a Book is loaded from JSON files, one version of one rule each, with the day from which it
// holds and the norms it cites. A rule is a list of steps of which the first that fits decides. Evaluate is pure: the
// same facts give the same answer for ever, by the version that was in force when they happened, and say so.
//
// The package also writes and reads Jalali dates, as Iranian courts date their papers.
package rules
