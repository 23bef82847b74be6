package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// lean is HTTP/1.1 over kept connections, each written and read by its caller: the transport of net/http has two goroutines
// for each, which would take twice the processor on the machine that is measured.
type lean struct{ idle chan *leanConn }

type leanConn struct {
	net.Conn
	in  *bufio.Reader
	out *bufio.Writer
}

const leanWithin = time.Minute // for a call

// RoundTrip implements http.RoundTripper. What a kept connection does not take any more goes over a new one.
func (l *lean) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case c := <-l.idle:
		if res, err := l.call(c, req); err == nil || req.GetBody == nil || !errors.Is(err, io.EOF) {
			return res, err
		}
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = body
	default:
	}
	var d net.Dialer
	conn, err := d.DialContext(req.Context(), "tcp", req.URL.Host)
	if err != nil {
		return nil, err
	}
	return l.call(&leanConn{conn, bufio.NewReader(conn), bufio.NewWriter(conn)}, req)
}

func (l *lean) call(c *leanConn, req *http.Request) (res *http.Response, err error) {
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if err := c.SetDeadline(time.Now().Add(leanWithin)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(req.Context(), func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := errors.Join(req.Write(c.out), c.out.Flush()); err != nil {
		return nil, errors.Join(io.EOF, err)
	}
	if _, err := c.in.Peek(1); err != nil {
		return nil, err
	}
	if res, err = http.ReadResponse(c.in, req); err != nil {
		return nil, err
	}
	res.Body = &leanBody{ReadCloser: res.Body, l: l, c: c, last: res.Close}
	return res, nil
}

// leanBody gives its connection back once it is read.
type leanBody struct {
	io.ReadCloser
	l    *lean
	c    *leanConn
	last bool
	done bool
}

// Close implements io.Closer.
func (b *leanBody) Close() error {
	if b.done {
		return nil
	}
	b.done = true
	if err := b.ReadCloser.Close(); err != nil || b.last { // what is left of the body is read
		return errors.Join(err, b.c.Close())
	}
	select {
	case b.l.idle <- b.c:
		return nil
	default:
		return b.c.Close()
	}
}
