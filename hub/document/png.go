package document

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/png"
	"io"
)

const pngHeader = 8 // bytes of signature

var errImage = errors.New("not a whole image")

// examinePNG unpacks every row of the image and checks every sum, row by row: a decoder would hold up to 400 MB for what
// comes in a few KB.
func examinePNG(content []byte) error {
	config, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return broken(err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return tooManyPixels()
	}
	chunks := &idat{rest: content[pngHeader:]}
	header, err := chunks.header()
	if err != nil {
		return broken(err)
	}
	pixels, err := zlib.NewReader(chunks)
	if err != nil {
		return broken(err)
	}
	for _, pass := range header.passes() {
		if err := readRows(pixels, pass.rows, pass.bytes); err != nil {
			return broken(err)
		}
	}
	if _, err := io.ReadFull(pixels, make([]byte, 1)); err != io.EOF {
		return broken(errImage) // a sum that is wrong, or more than the image
	}
	if err := chunks.end(); err != nil {
		return broken(err)
	}
	return nil
}

// readRows reads rows of a filter byte and the row's bytes.
func readRows(pixels io.Reader, rows, length int) error {
	row := make([]byte, 1+length)
	for range rows {
		if _, err := io.ReadFull(pixels, row); err != nil {
			return err
		}
		if row[0] > 4 {
			return errImage
		}
	}
	return nil
}

// ihdr is the head of a PNG (ISO/IEC 15948 §11.2.2).
type ihdr struct {
	width, height     int
	depth, colourType byte
	interlaced        bool
}

type pass struct{ rows, bytes int }

// passes are the images that the pixels come in: one, or the seven of Adam7 (§8.2).
func (h ihdr) passes() []pass {
	bits := int(h.depth) * map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[h.colourType]
	sub := func(x, y, stepX, stepY int) pass {
		w, rows := (h.width-x+stepX-1)/stepX, (h.height-y+stepY-1)/stepY
		if w <= 0 || rows <= 0 {
			return pass{}
		}
		return pass{rows: rows, bytes: (w*bits + 7) / 8}
	}
	if !h.interlaced {
		return []pass{sub(0, 0, 1, 1)}
	}
	return []pass{sub(0, 0, 8, 8), sub(4, 0, 8, 8), sub(0, 4, 4, 8), sub(2, 0, 4, 4), sub(0, 2, 2, 4),
		sub(1, 0, 2, 2), sub(0, 1, 1, 2)}
}

// idat reads the pixel data out of the chunks of a PNG, checking each chunk's sum.
type idat struct {
	rest []byte
	data []byte // what is left of the chunk at hand
	next string // kind of the chunk at hand
}

func (c *idat) header() (ihdr, error) {
	if err := c.step(); err != nil || c.next != "IHDR" || len(c.data) != 13 {
		return ihdr{}, errImage
	}
	d := c.data
	h := ihdr{width: int(binary.BigEndian.Uint32(d)), height: int(binary.BigEndian.Uint32(d[4:])), depth: d[8],
		colourType: d[9], interlaced: d[12] == 1}
	for c.next != "IDAT" {
		if err := c.step(); err != nil || c.next == "IEND" {
			return ihdr{}, errImage
		}
	}
	return h, nil
}

// Read implements io.Reader over consecutive IDAT chunks.
func (c *idat) Read(p []byte) (int, error) {
	for len(c.data) == 0 {
		if c.next != "IDAT" {
			return 0, io.EOF
		}
		if err := c.step(); err != nil {
			return 0, err
		}
	}
	if c.next != "IDAT" {
		return 0, io.EOF
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	return n, nil
}

// end goes on to the last chunk.
func (c *idat) end() error {
	for c.next != "IEND" {
		if err := c.step(); err != nil {
			return err
		}
	}
	return nil
}

// step takes the next chunk: length, kind, data, sum (§5.3).
func (c *idat) step() error {
	if len(c.rest) < 12 {
		return io.ErrUnexpectedEOF
	}
	length := int64(binary.BigEndian.Uint32(c.rest))
	if length > int64(len(c.rest)-12) {
		return io.ErrUnexpectedEOF
	}
	body := c.rest[4 : 8+length]
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(c.rest[8+length:]) {
		return errImage
	}
	c.next, c.data, c.rest = string(body[:4]), body[4:], c.rest[12+length:]
	return nil
}
