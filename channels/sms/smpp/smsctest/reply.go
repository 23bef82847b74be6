package smsctest

import (
	"time"

	"github.com/linxGnu/gosmpp/data"
)

// Reply is what the centre does with one part. The zero value takes it and reports nothing.
type Reply struct {
	Status data.CommandStatusType // other than 0: refused
	Drop   bool                   // take it, then cut the connection instead of an answer
	Silent bool                   // take it, and never answer
	Delay  time.Duration          // before the answer
	Early  []Receipt              // come before the answer
	Late   []Receipt              // come after it
}

// Delivered takes it and reports it delivered.
func Delivered() Reply { return Reply{Late: []Receipt{{}}} }

// DeliveredEarly reports before it answers.
func DeliveredEarly() Reply { return Reply{Early: []Receipt{{}}} }

// DeliveredTwice reports the same twice.
func DeliveredTwice() Reply { return Reply{Late: []Receipt{{}, {}}} }

// ReportedUnknown takes it, and reports on a message that nobody ever sent.
func ReportedUnknown() Reply { return Reply{Late: []Receipt{{ID: "FFFF0000"}}} }

// Failed takes it and reports that the handset never got it.
func Failed() Reply { return Reply{Late: []Receipt{{State: "UNDELIV"}}} }

// Throttled asks for a slower pace, ESME_RTHROTTLED.
func Throttled() Reply { return Reply{Status: data.ESME_RTHROTTLED} }

// QueueFull has no room, ESME_RMSGQFUL.
func QueueFull() Reply { return Reply{Status: data.ESME_RMSGQFUL} }

// Dropped takes it and cuts the connection instead of an answer.
func Dropped() Reply { return Reply{Drop: true} }

// Silent takes it and never answers.
func Silent() Reply { return Reply{Silent: true} }

// Slow is r, answered that much later.
func Slow(d time.Duration, r Reply) Reply {
	r.Delay = d
	return r
}

// Always does the same with every part.
func Always(r Reply) func(int, Part) Reply {
	return func(int, Part) Reply { return r }
}
