package queue

import (
	"errors"
	"fmt"

	"eblagh/hub"
)

// MaxIDs is how many ids one task may carry: 80 KB.
const MaxIDs = 5000

// A task's payload is its ids, 16 bytes each, and nothing else: no personal data, nothing that could grow stale.
func encode(ids []hub.ID) ([]byte, error) {
	if len(ids) == 0 || len(ids) > MaxIDs {
		return nil, fmt.Errorf("a task carries 1 to %d ids, not %d", MaxIDs, len(ids))
	}
	payload := make([]byte, 0, len(ids)*len(hub.ID{}))
	for _, id := range ids {
		payload = append(payload, id[:]...)
	}
	return payload, nil
}

func decode(payload []byte) ([]hub.ID, error) {
	const size = len(hub.ID{})
	if len(payload) == 0 || len(payload)%size != 0 || len(payload) > MaxIDs*size {
		return nil, errors.New("a task's payload is not a list of ids")
	}
	ids := make([]hub.ID, len(payload)/size)
	for i := range ids {
		copy(ids[i][:], payload[i*size:])
	}
	return ids, nil
}
