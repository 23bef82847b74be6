package hub

// Nudge tells the live channel that something changed in an inbox. It carries no content: who receives it reads the
// cover from the store. It is best effort; the cursor makes up for a lost one.
type Nudge struct {
	Recipient ID
	Cursor    int64
	Notice    ID
	Update    bool // false: a new arrival; true: the item at Cursor changed (it was opened)
}
