package endtoend

import (
	"net"
	"sync"
	"testing"
	"time"
)

// proxy is a road to a server from an address that stays. A test makes it slow, closes it, breaks what is on it, and
// leads it elsewhere.
type proxy struct {
	ln    net.Listener
	carry func(client, server net.Conn) // until the connection ends; nil: bytes pass as they are

	mu     sync.Mutex
	target string // "": closed
	delay  time.Duration
	ends   map[net.Conn]struct{}
}

// newProxy leads to target until the test ends.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{ln: ln, target: target, ends: map[net.Conn]struct{}{}}
	p.carry = p.pass
	go p.accept()
	t.Cleanup(func() {
		_ = ln.Close()
		p.lead("")
		p.cut()
	})
	return p
}

func (p *proxy) addr() string { return p.ln.Addr().String() }

// lead takes those who come from now on to another address, or turns them away.
func (p *proxy) lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// slow holds every answer back.
func (p *proxy) slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

// cut breaks every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for end := range p.ends {
		breakOff(end)
	}
}

// breakOff ends a connection as a broken line does, with whatever is on it.
func breakOff(end net.Conn) {
	if tcp, ok := end.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = end.Close()
}

func (p *proxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		go p.serve(client)
	}
}

func (p *proxy) serve(client net.Conn) {
	defer breakOff(client)
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	if target == "" {
		return
	}
	server, err := net.DialTimeout("tcp", target, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.enter(client, server, target) {
		return
	}
	defer p.leave(client, server)
	p.carry(client, server)
}

// enter notes a connection, unless the road was closed or led elsewhere meanwhile.
func (p *proxy) enter(client, server net.Conn, target string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.target != target {
		return false
	}
	p.ends[client], p.ends[server] = struct{}{}, struct{}{}
	return true
}

func (p *proxy) leave(client, server net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.ends, client)
	delete(p.ends, server)
}

// pass carries bytes both ways until one side ends; what one side said before it ended still reaches the other.
func (p *proxy) pass(client, server net.Conn) {
	both := make(chan struct{}, 2)
	go func() { p.copy(server, client, false); both <- struct{}{} }()
	go func() { p.copy(client, server, true); both <- struct{}{} }()
	<-both
}

func (p *proxy) copy(to, from net.Conn, answers bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if answers {
			p.linger()
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) linger() {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	if delay > 0 {
		<-time.After(delay) // this is the fault itself
	}
}
