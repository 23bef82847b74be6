package api

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
)

// stretch is a body that costs no memory: head, then a part over and over, then tail.
type stretch struct {
	head, part string
	times      int
	tail       string
}

func (s stretch) reader() io.Reader {
	block := max(1, 64<<10/len(s.part)) // parts are copied many at a time
	return io.MultiReader(strings.NewReader(s.head), &repeater{part: strings.Repeat(s.part, block), left: s.times / block},
		&repeater{part: s.part, left: s.times % block}, strings.NewReader(s.tail))
}

type repeater struct {
	part      string
	left, pos int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && r.left > 0 {
		m := copy(p[n:], r.part[r.pos:])
		n += m
		if r.pos += m; r.pos == len(r.part) {
			r.pos, r.left = 0, r.left-1
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// growth runs fn and tells by how much the heap grew at the most meanwhile, in bytes.
func growth(fn func()) int64 {
	debug.FreeOSMemory()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before, most := sample[0].Value.Uint64(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		mine := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(mine)
			most = max(most, mine[0].Value.Uint64())
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	fn()
	close(stop)
	<-stopped
	return int64(most) - int64(before)
}

// A body, whatever it is, costs at most four times its route's limit and 32 MB.
func TestBodiesDoNotBlowTheHeap(t *testing.T) {
	const fields = 100_000
	const mega = 1 << 20
	b := newBench(t)
	long := func(part string, bytes int) int { return bytes / len(part) }
	for name, c := range map[string]struct {
		path   string
		body   stretch
		status []int
		keyed  bool // with an Idempotency-Key: the body is held then
	}{
		"notice: over the limit":        {"/v1/notices", stretch{`{"subject":"`, "x", 64 * mega, `"}`}, []int{413}, true},
		"notice: 100,000 fields":        {"/v1/notices", stretch{`{`, `"a":1,`, fields, `"b":1}`}, []int{413}, false},
		"notice: all fields that fit":   {"/v1/notices", stretch{`{`, `"":1,`, long(`"":1,`, limitElse) - 10, `"b":1}`}, []int{422}, false},
		"notice: deep":                  {"/v1/notices", stretch{``, `[`, limitElse - 10, ``}, []int{400, 422}, false},
		"notice: deep objects":          {"/v1/notices", stretch{``, `{"case":`, long(`{"case":`, limitElse) - 10, ``}, []int{400, 422}, false},
		"batch: over the limit":         {"/v1/notices/batch", stretch{`{"notices":[`, `{"reference":"aaaaaaaaaaaaaaaaaaaaaaaaa"},`, mega, ``}, []int{413, 422}, true},
		"batch: one endless text":       {"/v1/notices/batch", stretch{`{"notices":[{"subject":"`, `x`, 64 * mega, `"}]}`}, []int{413}, false},
		"batch: endless escapes":        {"/v1/notices/batch", stretch{`{"notices":[{"subject":"`, `\u0041`, 10 * mega, `"}]}`}, []int{413}, false},
		"batch: an endless name":        {"/v1/notices/batch", stretch{`{"`, `x`, 64 * mega, `":1}`}, []int{413}, false},
		"batch: an endless number":      {"/v1/notices/batch", stretch{`{"notices":[`, `1`, 64 * mega, `]}`}, []int{413}, false},
		"batch: endless space":          {"/v1/notices/batch", stretch{`{"notices":[`, ` `, 64 * mega, `]}`}, []int{413}, true},
		"batch: 100,000 fields":         {"/v1/notices/batch", stretch{`{"notices":[{`, `"a":1,`, fields, `"b":1}]}`}, []int{413}, false},
		"batch: fields outside":         {"/v1/notices/batch", stretch{`{`, `"a":1,`, fields, `"notices":[]}`}, []int{422}, false},
		"batch: a list of documents":    {"/v1/notices/batch", stretch{`{"notices":[{"documents":[`, `"x",`, fields, `"y"]}]}`}, []int{413}, false},
		"batch: fields that fit":        {"/v1/notices/batch", full(`{` + strings.Repeat(`"":1,`, 50_000) + `"":1},`), []int{200}, true},
		"batch: named fields":           {"/v1/notices/batch", full(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"s":1,"t":1,"u":1,"v":1,"w":1,"x":1},`), []int{200}, false},
		"batch: documents that fit":     {"/v1/notices/batch", full(`{"documents":[` + strings.Repeat(`null,`, 50_000) + `null]},`), []int{200}, false},
		"batch: text that fits":         {"/v1/notices/batch", full(`{"body":"` + strings.Repeat("x", 200_000) + `"},`), []int{200}, true},
		"batch: deep":                   {"/v1/notices/batch", stretch{`{"notices":[`, `[`, 10 * mega, ``}, []int{400}, false},
		"batch: deep in a field":        {"/v1/notices/batch", stretch{`{"notices":[`, `{"case":`, mega, ``}, []int{400}, false},
		"document: the most":            {"/v1/documents", stretch{"", "x", limitDocument, ""}, []int{201}, true},
		"document: over the limit":      {"/v1/documents", stretch{"", "x", limitDocument + 1, ""}, []int{413}, true},
		"document: over, without a key": {"/v1/documents", stretch{"", "x", limitDocument + 1, ""}, []int{413}, false},
		"lookup: over the limit":        {"/v1/recipients/lookup", stretch{`{"a":"`, "x", 64 * mega, `"}`}, []int{413}, false},
		"session: over the limit":       {"/v1/session", stretch{`{"a":"`, "x", 64 * mega, `"}`}, []int{413}, false},
	} {
		keys := []string{""}
		if c.keyed {
			keys = []string{"k"}
		}
		for _, key := range keys {
			t.Run(name+"/"+key, func(t *testing.T) {
				rt := b.api.routes["POST "+c.path]
				var w *httptest.ResponseRecorder
				grew := growth(func() { w = b.stream(c.path, c.body.reader(), key) })
				clear(b.api.deps.Answers.(*answers).rows)
				b.submitted = nil
				if !contains(c.status, w.Code) {
					t.Errorf("status %d, want %d: %.300s", w.Code, c.status, w.Body)
				}
				if limit := 4*rt.maxBody() + 32*mega; grew > limit {
					t.Errorf("the heap grew by %d MB, more than %d", grew/mega, limit/mega)
				}
			})
		}
	}
}

// full is a batch as large as it may be, of as many of one item as it may have.
func full(item string) stretch {
	const frame = 100
	return stretch{`{"notices":[`, item, min(4999, (limitBatch-frame)/len(item)), `{}]}`}
}

// stream sends a body of unknown length, as a chunked request does.
func (b *bench) stream(path string, body io.Reader, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, body)
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer ebk_test_court")
	r.Header.Set("Content-Type", "application/json")
	if path == "/v1/documents" {
		r.Header.Set("Content-Type", "application/pdf")
	}
	if key != "" {
		r.Header.Set(headerKey, key)
	}
	w := httptest.NewRecorder()
	b.api.front(w, r)
	return w
}

func contains(list []int, n int) bool {
	for _, item := range list {
		if item == n {
			return true
		}
	}
	return false
}

// A length that is declared is refused before a byte of it is read.
func TestDeclaredLengthIsRefusedUnread(t *testing.T) {
	for path, limit := range map[string]int64{"/v1/notices": limitElse, "/v1/notices/batch": limitBatch, "/v1/documents": limitDocument} {
		b := newBench(t)
		r := httptest.NewRequest("POST", path, unread{t})
		r.ContentLength = limit + 1
		r.Header.Set("Authorization", "Bearer ebk_test_court")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		b.api.front(w, r)
		wantProblem(t, w, http.StatusRequestEntityTooLarge, hub.CodeTooLarge)
	}
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// Over a real connection: what is cut off is refused, never taken for the whole.
func TestBodyCutOffIsRefused(t *testing.T) {
	b := newBench(t)
	server := httptest.NewServer(http.HandlerFunc(b.api.front))
	defer server.Close()
	for _, c := range []struct{ path, mediaType, headers string }{
		{"/v1/documents", "application/pdf", ""}, {"/v1/documents", "application/pdf", "Idempotency-Key: k\r\n"},
		{"/v1/notices/batch", "application/json", ""}, {"/v1/notices", "application/json", ""},
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ebk_test_court\r\nContent-Type: %s\r\n%sContent-Length: 100\r\n\r\n{}",
			c.path, c.mediaType, c.headers)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") || !strings.Contains(string(answer), problemType) {
			t.Errorf("%s %s: %v %.200s", c.path, c.headers, err, answer)
		}
		conn.Close()
	}
	if len(b.accepted)+len(b.submitted) > 1 { // the fake takes what it reads before the end is known
		t.Errorf("accepted %q, submitted %d", b.accepted, len(b.submitted))
	}
}

func TestSlowBodyIsGivenUp(t *testing.T) {
	b := newBench(t)
	server := NewServer(http.HandlerFunc(b.api.front), b.api.deps.Logger)
	if server.ReadHeaderTimeout == 0 || server.ReadTimeout == 0 || server.WriteTimeout <= server.ReadTimeout || server.IdleTimeout == 0 || server.MaxHeaderBytes == 0 {
		t.Errorf("limits are missing: %+v", server)
	}
	server.ReadTimeout = 200 * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	for _, path := range []string{"/v1/notices", "/v1/notices/batch"} {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ebk_test_court\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", path)
		answer, _ := io.ReadAll(conn)
		if !strings.HasPrefix(string(answer), "HTTP/1.1 408") {
			t.Errorf("%s: %.200s", path, answer)
		}
		conn.Close()
	}
}
