package hubtest

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"eblagh/hub"
)

// ErrAway is what a Queue answers that is away.
var ErrAway = errors.New("the queue is away")

// Task is what a Queue was given.
type Task struct {
	Lane hub.Lane
	IDs  []hub.ID
}

// Queue keeps tasks in memory. It can be away altogether, or answer and take nothing, or take and say that it did not.
type Queue struct {
	Capacity int // tasks of each lane; 100 when 0

	mu        sync.Mutex
	tasks     []Task
	away      bool
	stubborn  bool
	untrue    bool
	asked     int
	Delivered chan struct{} // gets a signal, if anybody listens, with each task
}

// Enqueue implements dispatch.Queue.
func (q *Queue) Enqueue(_ context.Context, lane hub.Lane, ids []hub.ID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.away || q.stubborn {
		return ErrAway
	}
	q.tasks = append(q.tasks, Task{lane, append([]hub.ID(nil), ids...)})
	select {
	case q.Delivered <- struct{}{}:
	default:
	}
	if q.untrue {
		return ErrAway
	}
	return nil
}

// Room implements dispatch.Queue.
func (q *Queue) Room(context.Context) (map[hub.Lane]int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	if q.away {
		return nil, ErrAway
	}
	room := map[hub.Lane]int{}
	for _, lane := range hub.Lanes {
		room[lane] = cmp.Or(q.Capacity, 100)
	}
	for _, task := range q.tasks {
		room[task.Lane]--
	}
	return room, nil
}

// Set says how the queue behaves from now on: away (nothing works), stubborn (it answers, and takes nothing), untrue (it
// takes, and says that it did not).
func (q *Queue) Set(away, stubborn, untrue bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.away, q.stubborn, q.untrue = away, stubborn, untrue
}

// Take removes and gives every task.
func (q *Queue) Take() []Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.tasks
	q.tasks = nil
	return taken
}

// Asked is how often somebody asked for room.
func (q *Queue) Asked() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.asked
}
