package endtoend

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// moment is where in its work a client of Postgres stands when it waits for the next answer.
type moment int

const (
	inside moment = iota // a transaction that goes on
	single               // a statement that is a transaction by itself
	commit               // COMMIT
)

// breach is what becomes of the connection at a moment.
type breach int

const (
	none   breach = iota
	before        // the line breaks, and the server never hears the words
	after         // the server does what it was told, and nobody hears the answer
)

// pgProxy is a proxy that understands enough of Postgres's protocol to break the line at a chosen moment.
type pgProxy struct {
	*proxy
	decide atomic.Pointer[func(moment) breach]
}

func newPGProxy(t *testing.T, target string) *pgProxy {
	t.Helper()
	p := &pgProxy{proxy: newProxy(t, "")}
	p.carry = p.converse
	p.at(nil)
	p.lead(target)
	return p
}

// at sets who decides; nil: every line holds.
func (p *pgProxy) at(decide func(moment) breach) {
	if decide == nil {
		decide = func(moment) breach { return none }
	}
	p.decide.Store(&decide)
}

// talk is one connection: whether a transaction is open, as the server said last, and whether its answer is kept back.
type talk struct {
	open    atomic.Bool
	swallow atomic.Bool
}

func (p *pgProxy) converse(client, server net.Conn) {
	t, both := &talk{}, make(chan struct{}, 2)
	go func() { p.listen(t, client, server); both <- struct{}{} }()
	p.speak(t, client, server)
	if !t.swallow.Load() {
		breakOff(client)
		_ = server.Close()
	}
	<-both
}

const pgHeader = 5 // the kind of a message, and its length without the kind

// speak carries what the client says, message by message, and breaks the line where it is decided.
func (p *pgProxy) speak(t *talk, client, server net.Conn) {
	r := bufio.NewReader(client)
	if head, err := r.Peek(4); err != nil || !forward(r, server, int64(binary.BigEndian.Uint32(head))) { // has no kind
		return
	}
	said := pgBatch{names: map[string]string{}}
	for {
		head, err := r.Peek(pgHeader)
		if err != nil {
			return
		}
		kind, length := head[0], int64(binary.BigEndian.Uint32(head[1:]))+1
		words, _ := r.Peek(int(min(length, pgHeader+longestName)))
		said.hear(kind, words[min(pgHeader, len(words)):])
		if kind == 'Q' || kind == 'S' {
			switch (*p.decide.Load())(said.moment(t.open.Load())) {
			case before:
				breakOff(server)
				return
			case after:
				t.swallow.Store(true)
				forward(r, server, length)
				breakOff(client)
				return
			}
			said = pgBatch{names: said.names}
		}
		if !forward(r, server, length) {
			return
		}
	}
}

// pgBatch is what a client has said since it waited for an answer last.
type pgBatch struct {
	names                     map[string]string // the words of prepared statements
	executes, begins, commits bool
}

// longestName is how much of a message is looked at: both names of a Bind.
const longestName = 256

// hear notes a message: begin and commit come by themselves, or by name within a batch.
func (b *pgBatch) hear(kind byte, words []byte) {
	first, rest, _ := bytes.Cut(words, []byte{0})
	second, _, _ := bytes.Cut(rest, []byte{0})
	switch kind {
	case 'P':
		b.names[string(first)] = string(second)
	case 'B':
		b.begins = b.begins || b.names[string(second)] == "begin"
		b.commits = b.commits || b.names[string(second)] == "commit"
	case 'E':
		b.executes = true
	case 'Q':
		b.commits = bytes.EqualFold(first, []byte("commit"))
	}
}

func (b *pgBatch) moment(open bool) moment {
	switch {
	case b.commits:
		return commit
	case !open && b.executes && !b.begins:
		return single
	}
	return inside
}

func forward(r *bufio.Reader, to net.Conn, length int64) bool {
	_, err := io.CopyN(to, r, length)
	return err == nil
}

// listen carries what the server says. An answer that is kept back ends the connection once it is whole: by then what
// was asked for has been done.
func (p *pgProxy) listen(t *talk, client, server net.Conn) {
	r := bufio.NewReader(server)
	for {
		head, err := r.Peek(pgHeader)
		if err != nil {
			break
		}
		kind, length := head[0], int64(binary.BigEndian.Uint32(head[1:]))+1
		if kind == 'Z' {
			if head, err = r.Peek(pgHeader + 1); err != nil {
				break
			}
			t.open.Store(head[pgHeader] != 'I')
		}
		if t.swallow.Load() {
			if _, err := io.CopyN(io.Discard, r, length); err != nil || kind == 'Z' {
				break
			}
			continue
		}
		p.linger()
		if !forward(r, client, length) {
			break
		}
	}
	_ = server.Close()
	if !t.swallow.Load() {
		_ = client.Close()
	}
}
