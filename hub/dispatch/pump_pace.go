package dispatch

import "time"

const (
	fewTexts = 50                    // in a task, of a lane that moves slowly or has only begun to
	paceTime = 50 * time.Millisecond // over which the pace of a lane is taken
	paceIdle = time.Second           // without a claim, after which it is not known any more
	laneRoom = 16                    // tasks of a lane that the queue holds, about
)

// pace finds out how large the tasks of a lane may be, so that what the queue holds of it is worth a second of what it moves:
// that is not in the order of who is fair and urgent any more, and should be over long before its claims are. Large tasks
// are cheaper for each text.
type pace struct {
	since   time.Time
	claimed int
	fits    int
}

func (p *pace) task(most int) int { return min(max(p.fits, fewTexts), most) }

// claim takes what was claimed now. What fills an empty queue tells nothing of the pace.
func (p *pace) claim(n int, now time.Time) {
	p.claimed += n
	took := now.Sub(p.since)
	switch {
	case took > paceIdle:
		p.fits = 0
	case took < paceTime:
		return
	default:
		p.fits = int(float64(p.claimed)/took.Seconds()) / laneRoom
	}
	p.since, p.claimed = now, 0
}
