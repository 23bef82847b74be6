package hub

// Span is a stretch of one inbox: the cursors After+1 to Through.
type Span struct {
	Recipient ID
	After     int64
	Through   int64
}

// Head is how far one inbox reaches, and how far the live channel got in it.
type Head struct {
	Last  int64
	Acked int64
}

// LiveCover is a cover as the live channel shows it. Its OpeningMeans is empty: the words are for who knows Language.
type LiveCover struct {
	Cursor   int64
	Cover    Cover
	Language string // of the recipient
}

// ViewerStanding is whether somebody with an open connection may still look into the inbox that it is for.
type ViewerStanding struct {
	SignedIn bool // their session goes on
	Acts     bool // it is their own inbox, or they represent whose it is
}
