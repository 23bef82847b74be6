package document

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"errors"
	"io"
)

var streamKeyword = []byte("stream")

// checkUnpacked unpacks what a reader of the PDF must unpack and throws it away, so that a few bytes that become
// gigabytes are found before anybody keeps them. Image data is left alone: nobody unpacks it here. corrupt says that some
// stream breaks off in the middle. Errors: unsupported-document.
func checkUnpacked(ctx context.Context, content []byte, limit int64) (corrupt bool, err error) {
	end := 0
	for {
		at := bytes.Index(content[end:], streamKeyword)
		if at < 0 {
			return corrupt, nil
		}
		start := end + at
		end = start + len(streamKeyword)
		if bytes.HasSuffix(content[:start], []byte("end")) {
			continue
		}
		dict := dictBefore(content[:start])
		if isImage(dict) {
			continue
		}
		if oddlyPacked(dict) {
			return corrupt, refused("too-complex", "the PDF is packed in an unusual way; save it again")
		}
		n, err := unpack(ctx, content[end:], limit)
		if limit -= n; limit <= 0 {
			return corrupt, refused("too-complex", "the PDF unpacks to too much")
		}
		if ctx.Err() != nil {
			return corrupt, ctx.Err()
		}
		var damage flate.CorruptInputError
		corrupt = corrupt || errors.As(err, &damage) && bytes.Contains(dict, []byte("/FlateDecode"))
	}
}

// dictBefore is the source of the dictionary before a stream, at most its last 4 KB.
func dictBefore(content []byte) []byte {
	tail := content[max(0, len(content)-4096):]
	if at := bytes.LastIndex(tail, []byte(" obj")); at >= 0 {
		return tail[at:]
	}
	return tail
}

// isImage reports image data, plainly declared. A dictionary that spells names in #xx is not taken at its word.
func isImage(dict []byte) bool {
	return bytes.Contains(dict, []byte("/Image")) && !structural(dict)
}

// structural reports streams that hold the PDF's own structure, or may.
func structural(dict []byte) bool {
	return bytes.Contains(dict, []byte("/ObjStm")) || bytes.Contains(dict, []byte("/XRef")) || bytes.ContainsRune(dict, '#')
}

// oddlyPacked reports structure in a packing that unpack does not measure. Writers of PDFs do not do that.
func oddlyPacked(dict []byte) bool {
	if !structural(dict) {
		return false
	}
	for _, filter := range []string{"LZW", "RunLength", "ASCIIHex", "ASCII85", "/AHx", "/A85", "/RL"} {
		if bytes.Contains(dict, []byte(filter)) {
			return true
		}
	}
	return false
}

// unpack measures the zlib data that begins at a stream, up to limit bytes; 0 when it is none.
func unpack(ctx context.Context, stream []byte, limit int64) (int64, error) {
	for len(stream) > 0 && bytes.IndexByte([]byte(" \r\n"), stream[0]) >= 0 {
		stream = stream[1:]
	}
	unpacked, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return 0, nil // not packed, or not this way
	}
	var total int64
	for total < limit && ctx.Err() == nil {
		n, err := io.CopyN(io.Discard, unpacked, min(limit-total, 1<<20))
		total += n
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
