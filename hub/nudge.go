package hub

// Nudge tells the live channel that something changed in an inbox. Between processes it carries no content: who receives it
// reads the cover from the store. It is best effort; the cursor makes up for a lost one.
type Nudge struct {
	Recipient ID
	Cursor    int64
	Notice    ID
	Update    bool // false: a new arrival; true: the item at Cursor changed (it was opened)
	// Cover is what the store has at Cursor of an arrival, where it is at hand, and nil elsewhere. It stays in this process.
	Cover *LiveCover
}
