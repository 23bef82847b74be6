package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

const headerBytes = 16

// frame is one PDU off the wire. Its body is nil when it cannot be read; the header still says what it answers.
type frame struct {
	pdu.Header
	body pdu.PDU
}

// readFrame reads one PDU. Errors: the stream's, or a length that no PDU has, after which the stream is of no use.
func readFrame(r io.Reader) (frame, error) {
	var head [headerBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, fmt.Errorf("read: %w", err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < headerBytes || length > data.MAX_PDU_LEN {
		return frame{}, errors.New("the message centre sent a PDU of no possible length")
	}
	raw := make([]byte, length)
	copy(raw, head[:])
	if _, err := io.ReadFull(r, raw[headerBytes:]); err != nil {
		return frame{}, fmt.Errorf("read: %w", err)
	}
	f := frame{Header: pdu.ParseHeader(head)}
	if id, plain := messageID(f.Header, raw[headerBytes:]); plain {
		f.body = &pdu.SubmitSMResp{MessageID: id}
	} else {
		f.body = parse(raw)
	}
	return f, nil
}

// messageID reads the body of a submit_sm_resp that has nothing but the id, as most of what comes.
func messageID(h pdu.Header, body []byte) (id string, plain bool) {
	end := bytes.IndexByte(body, 0)
	if h.CommandID != data.SUBMIT_SM_RESP || end < 0 || end != len(body)-1 {
		return "", false
	}
	return string(body[:end]), true
}

// parse gives nil for what cannot be read. The library is not trusted to survive whatever a peer sends.
func parse(raw []byte) (body pdu.PDU) {
	defer func() {
		if recover() != nil {
			body = nil
		}
	}()
	body, err := pdu.Parse(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	return body
}

func marshal(p pdu.PDU) []byte {
	buf := pdu.NewBuffer(nil)
	p.Marshal(buf)
	return buf.Bytes()
}
