package smpp

import (
	"sync/atomic"
	"time"
)

// A slice of attempts is committed before it leaves and in doubt until its outcomes are. It is larger than the window while
// the message centre takes it in a moment, for storing a text in a large slice costs a fraction; whatever goes wrong, a crash
// leaves no more in doubt than the centre takes in about that moment, however many slices wait for their turn.
const (
	sliceTime   = 300 * time.Millisecond
	mostWindows = 16
)

// slicer finds out how many texts are sent within sliceTime.
type slicer struct{ fits atomic.Int64 }

// size is what the next slice may have, given how many texts may be under way.
func (s *slicer) size(window int) int {
	return min(max(int(s.fits.Load()), window), mostWindows*window)
}

// learn takes how long some texts took, turn and answers. Few of them tell nothing of many; a slice grows to twice at most.
func (s *slicer) learn(texts, window int, took time.Duration) {
	if texts < window {
		return
	}
	fit := float64(texts) * min(float64(sliceTime)/float64(max(took, 1)), 2)
	s.fits.Store(int64(fit))
}
