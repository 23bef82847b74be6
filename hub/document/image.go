package document

import (
	"bytes"
	"image/jpeg"
)

// What decoding may take: a whole page of a newspaper at 300 dpi fits. Progressive JPEGs are decoded from four times as
// much memory.
const (
	maxPixels            = 50_000_000
	maxPixelsProgressive = 25_000_000
)

func tooManyPixels() error {
	return refused("too-many-pixels", "the image has too many pixels; 50 megapixels are taken, 25 as progressive JPEG")
}

// examineJPEG decodes the whole image.
func examineJPEG(content []byte) error {
	config, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return broken(err)
	}
	limit := maxPixels
	if progressive(content) {
		limit = maxPixelsProgressive
	}
	if config.Width < 1 || config.Height < 1 || config.Width > limit/config.Height {
		return tooManyPixels()
	}
	if _, err := jpeg.Decode(bytes.NewReader(content)); err != nil {
		return broken(err)
	}
	return nil
}

// progressive looks for a start of frame of that kind (ITU-T T.81 §B.1.1.3, SOF2) among the segments before the image.
func progressive(content []byte) bool {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker := content[at+1]
		switch {
		case marker == 0xc2:
			return true
		case marker == 0xda:
			return false
		case marker == 0xff || marker == 0x01 || marker >= 0xd0 && marker <= 0xd8: // fill, or without a length
			at++
			if marker != 0xff {
				at++
			}
			continue
		}
		at += 2 + int(content[at+2])<<8 + int(content[at+3])
	}
	return false
}
