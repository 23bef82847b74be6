package endtoend

import (
	"math/rand/v2"
	"time"

	"eblagh/channels/sms/smpp/smsctest"
)

// manner is something the message centre does with so many of a thousand parts.
type manner struct {
	share int
	reply smsctest.Reply
}

// calm is a centre on an ordinary day: it takes everything; few reports come early, twice, on another connection, or say
// that the handset was not reached; one part in a thousand costs the connection.
func calm(r *rand.Rand) func(int, smsctest.Part) smsctest.Reply {
	return mixed(r, []manner{
		{1, smsctest.Dropped()}, {40, smsctest.DeliveredEarly()}, {30, smsctest.DeliveredTwice()}, {30, smsctest.Failed()},
		{5, smsctest.ReportedUnknown()}, {50, smsctest.Slow(30*time.Millisecond, smsctest.Delivered())},
	})
}

// moody is a centre on a bad day: it is short of room, asks for a slower pace, does not answer, cuts connections, and
// forgets to report.
func moody(r *rand.Rand) func(int, smsctest.Part) smsctest.Reply {
	return mixed(r, []manner{
		{4, smsctest.Dropped()}, {3, smsctest.Silent()}, {4, smsctest.Throttled()}, {6, smsctest.QueueFull()},
		{20, smsctest.Reply{}}, {60, smsctest.DeliveredEarly()}, {60, smsctest.DeliveredTwice()}, {60, smsctest.Failed()},
		{20, smsctest.ReportedUnknown()}, {100, smsctest.Slow(150*time.Millisecond, smsctest.Delivered())},
	})
}

// mixed does what the dice say, and else takes the part and reports it delivered, over any connection.
func mixed(r *rand.Rand, manners []manner) func(int, smsctest.Part) smsctest.Reply {
	dice := &chance{random: r}
	return func(int, smsctest.Part) smsctest.Reply {
		thrown := dice.below(1000)
		for _, m := range manners {
			if thrown -= m.share; thrown < 0 {
				return m.reply
			}
		}
		return smsctest.Reply{Late: []smsctest.Receipt{{Other: thrown%2 == 0}}}
	}
}
