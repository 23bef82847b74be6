package live

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/hub"
)

// Close codes. Below 3500 the client may come back, after retry_after_ms.
const (
	CloseRestart     = 3000 // this process stops
	CloseSlow        = 3001 // the client reads too slowly
	CloseUnavailable = 3002 // the inbox cannot be read at the moment
	CloseFull        = 3003 // as many connections as this process holds
	CloseRefresh     = 3004 // the connection is old, or its session over; who it is must be proven again
	CloseMalformed   = 3500 // a frame that the protocol does not have
	CloseTooLarge    = 3501 // a frame over 512 bytes
	CloseBeyond      = 3502 // an ack beyond what was sent on this connection
	CloseFlood       = 3503 // too many frames
	CloseEnded       = 3505 // who looked does not act for the recipient any more
	CloseReplaced    = 3504 // the person opened more connections than they may hold; this was the oldest
)

// closeWords are the reasons in the close frame.
var closeWords = map[int]string{
	CloseRestart: "restart", CloseSlow: "slow reader", CloseUnavailable: "unavailable", CloseFull: "full",
	CloseRefresh: "sign in anew", CloseMalformed: "malformed frame", CloseTooLarge: "frame too large",
	CloseBeyond: "ack beyond what was sent", CloseFlood: "too many frames", CloseReplaced: "too many connections",
	CloseEnded: "no longer acting for the recipient",
}

// frame is a message on its way to one socket.
type frame struct {
	kind   int   // of websocket
	cursor int64 // of the notice it shows, else 0
	data   []byte
	shared *websocket.PreparedMessage // instead of data where several connections get the same
	size   int
}

func (f frame) write(ws *websocket.Conn) error {
	if f.shared != nil {
		return ws.WritePreparedMessage(f.shared)
	}
	return ws.WriteMessage(f.kind, f.data)
}

func textFrame(data []byte) frame {
	return frame{kind: websocket.TextMessage, data: data, size: len(data)}
}

func helloFrame(head int64, recovered bool) frame {
	return textFrame([]byte(`{"type":"hello","cursor":` + strconv.FormatInt(head, 10) + `,"recovered":` +
		strconv.FormatBool(recovered) + `}`))
}

func updateFrame(notice hub.ID) frame {
	return textFrame([]byte(`{"type":"update","notice":{"id":"` + notice.String() + `"}}`))
}

// byeFrames are the last two of a connection. No retry is said to who should not come back.
func byeFrames(code int, retry time.Duration) []frame {
	bye := `{"type":"bye","code":` + strconv.Itoa(code)
	if code < CloseMalformed {
		bye += `,"retry_after_ms":` + strconv.FormatInt(max(0, retry.Milliseconds()), 10)
	}
	end := websocket.FormatCloseMessage(code, closeWords[code])
	return []frame{textFrame([]byte(bye + "}")), {kind: websocket.CloseMessage, data: end, size: len(end)}}
}

// noticeFrame shows a cover. shared: several connections get it.
func noticeFrame(cursor int64, cover hub.Cover, shared bool) (frame, error) {
	data, err := json.Marshal(struct {
		Type   string    `json:"type"`
		Cursor int64     `json:"cursor"`
		Notice hub.Cover `json:"notice"`
	}{"notice", cursor, cover})
	if err != nil {
		return frame{}, err
	}
	f := textFrame(data)
	f.cursor = cursor
	if shared {
		if f.shared, err = websocket.NewPreparedMessage(websocket.TextMessage, data); err != nil {
			return frame{}, err
		}
		f.data = nil
	}
	return f, nil
}

// readAck reads the only frame that a client sends. ok: it is one.
func readAck(data []byte) (cursor int64, ok bool) {
	var f struct {
		Type   string `json:"type"`
		Cursor *int64 `json:"cursor"`
	}
	if json.Unmarshal(data, &f) != nil || f.Type != "ack" || f.Cursor == nil || *f.Cursor < 0 {
		return 0, false
	}
	return *f.Cursor, true
}
