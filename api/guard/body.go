package guard

import (
	"io"
	"net/http"
	"time"
)

// Slow is how long a body held in memory may take: 256 KB at 70 kbit/s.
const Slow = 30 * time.Second

// Hurry gives a body until the limit to come whole. A body that is slower ends with a timeout, and its connection with
// it. Once it is whole its time no longer counts: what is done with it has limits of its own.
func Hurry(w http.ResponseWriter, r *http.Request, limit time.Duration) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	conn := http.NewResponseController(w)
	if conn.SetReadDeadline(time.Now().Add(limit)) != nil {
		return // no connection is under it: a test's recorder
	}
	r.Body = &hurried{r.Body, conn}
}

// hurried lifts the deadline at the end of the body: the server goes on reading, to see whether the caller is still there.
type hurried struct {
	io.ReadCloser
	conn *http.ResponseController
}

// Read implements io.Reader.
func (b *hurried) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { // exactly: whatever else ends a body leaves the deadline where it is
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
