package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/redis/go-redis/v9"
)

// peerVariable makes a process of this program what the hub is compared with: a server of sockets in the usual manner.
// Its value is the address of a Redis whose messages "PERSON TEXT" it puts on their sockets, or "-".
const peerVariable = "EBLAGH_BENCH_PEER"

const peerChannel = "bench"

// peer is such a process.
type peer struct {
	cmd  *exec.Cmd
	addr string
}

func startPeer(redis string) (*peer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &peer{cmd: exec.Command(self)}
	p.cmd.Env = append(os.Environ(), peerVariable+"="+redis)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if p.addr = strings.TrimSpace(line); err != nil {
		p.stop()
		return nil, fmt.Errorf("the peer did not start: %w", err)
	}
	return p, nil
}

func (p *peer) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// servePeer is the peer's side: gorilla with two goroutines for each connection, a channel of frames between them, the
// default buffers, and a ticker for pings, as its examples have it.
func servePeer() {
	sockets := &sockets{of: map[string]chan []byte{}}
	if redis := os.Getenv(peerVariable); redis != "-" {
		go sockets.listen(redis)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(ln.Addr())
	if err := http.Serve(ln, sockets); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type sockets struct {
	mu sync.RWMutex
	of map[string]chan []byte
}

// ServeHTTP upgrades /PERSON.
func (s *sockets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	frames := make(chan []byte, 256)
	s.mu.Lock()
	s.of[r.URL.Path[1:]] = frames
	s.mu.Unlock()
	go func() {
		tick := time.NewTicker(25 * time.Second)
		defer tick.Stop()
		defer ws.Close()
		for {
			kind, data := websocket.PingMessage, []byte(nil)
			select {
			case <-tick.C:
			case data = <-frames:
				kind = websocket.TextMessage
			}
			if ws.WriteMessage(kind, data) != nil {
				return
			}
		}
	}()
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			return
		}
	}
}

// listen hands what is published on to the sockets.
func (s *sockets) listen(addr string) {
	client := redis.NewClient(&redis.Options{Addr: addr})
	for message := range client.Subscribe(context.Background(), peerChannel).Channel() {
		person, text, _ := strings.Cut(message.Payload, " ")
		s.mu.RLock()
		frames := s.of[person]
		s.mu.RUnlock()
		if frames != nil {
			frames <- []byte(text)
		}
	}
}
