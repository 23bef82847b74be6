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
	return frame{Header: pdu.ParseHeader(head), body: parse(raw)}, nil
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
