package hub

import "time"

// Rung is one step of the informing ladder that waits for its time. Package ladder says which rungs a paper climbs.
type Rung struct {
	Ladder string        // the edition that it stands in: id and version, as "ir.1"
	Name   string        // unique in its ladder
	After  time.Duration // how long after the arrival
}

// RungDone is a rung that a notice has climbed.
type RungDone struct {
	Name     string
	At       time.Time
	Delivery ID     // the text that it sent
	Task     ID     // the officer's task that it made
	Reason   Reason // why it could do neither
}

// Climb is how far the informing of a notice has come, beyond its arrival.
type Climb struct {
	Done   []RungDone // in order
	Next   string     // "": nothing waits
	NextAt time.Time
	Task   OfficerTask // zero ID: none
}
