package sms

import (
	"time"

	"eblagh/hub"
)

// SlowReport is how long the slow simulated number takes to report.
const SlowReport = 30 * time.Second

// Simulated are the numbers with which a test key tries what may become of a text; every other number of the sandbox takes
// its text and reports it delivered. This is the only such table. It belongs to the sandbox, and a live instance has none.
//
//	0990 009 9001  taken, and reported delivered
//	0990 009 9002  out of reach twice, then as 9001: the third attempt works
//	0990 009 9003  refused at once: there is no such number
//	0990 009 9004  taken, and reported as never delivered
//	0990 009 9005  taken, and never reported: unknown when its report is overdue, at last failed with no_outcome
//	0990 009 9006  taken, and reported delivered after half a minute
func Simulated() map[hub.Mobile]Behaviour {
	return map[hub.Mobile]Behaviour{
		"+989900099001": {Report: hub.OutcomeDelivered},
		"+989900099002": {Works: 3, Report: hub.OutcomeDelivered},
		"+989900099003": {Outcome: hub.OutcomeRejected, Reason: hub.ReasonBadNumber},
		"+989900099004": {Report: hub.OutcomeRejected},
		"+989900099005": {},
		"+989900099006": {Report: hub.OutcomeDelivered, After: SlowReport},
	}
}
