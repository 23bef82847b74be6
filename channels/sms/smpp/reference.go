package smpp

import (
	"hash/fnv"
	"sync/atomic"

	"eblagh/hub"
)

const places = 4096

// references number texts in parts, one byte each (3GPP TS 23.040 §9.2.3.24.1). A handset puts together what has the same
// number of a sender; so those of one person follow one another, however many texts others get between the parts of one.
type references struct {
	start uint32
	of    [places]atomic.Uint32 // by a hash of the person's number: who shares a place takes turns
}

func (r *references) next(to hub.Mobile) byte {
	return byte(r.start + r.of[place(to)].Add(1))
}

func place(to hub.Mobile) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(to)) // never fails
	return h.Sum32() % places
}
