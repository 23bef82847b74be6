package signin

import (
	"encoding/json"
	"fmt"
	"time"

	"eblagh/hub"
)

// What a session remembers.
const (
	keyID         = "id"
	keyPerson     = "person"
	keySignedInAt = "signed_in_at"
	keyPersonalAt = "personal_at"
	keyFactor     = "factor"
	keyDevice     = "device"
	keyProof      = "proof"  // what it stood on when it began
	keyFormer     = "former" // likewise
)

// codec writes session data as JSON: readable by later versions of this program, and by nothing that runs code.
type codec struct{}

type content struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values"`
}

// Encode implements scs.Codec.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	c := content{Deadline: deadline, Values: map[string]string{}}
	for key, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("session value %s is not text", key)
		}
		c.Values[key] = text
	}
	return json.Marshal(c)
}

// Decode implements scs.Codec.
func (codec) Decode(data []byte) (time.Time, map[string]any, error) {
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return time.Time{}, nil, fmt.Errorf("session data: %w", err)
	}
	values := make(map[string]any, len(c.Values))
	for key, value := range c.Values {
		values[key] = value
	}
	return c.Deadline, values, nil
}

// Describe reads from a session's data which one it is and whose, for a store that keeps both in columns of their own.
func Describe(data []byte) (hub.Session, error) {
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return hub.Session{}, fmt.Errorf("session data: %w", err)
	}
	id, err := hub.ParseID(c.Values[keyID])
	if err != nil {
		return hub.Session{}, fmt.Errorf("session data: %w", err)
	}
	person, err := hub.ParseID(c.Values[keyPerson])
	if err != nil {
		return hub.Session{}, fmt.Errorf("session data: %w", err)
	}
	s := hub.Session{ID: id, Person: person, ExpiresAt: c.Deadline, Device: c.Values[keyDevice]}
	for key, to := range map[string]*hub.ID{keyProof: &s.Proof, keyFormer: &s.Former} {
		if text := c.Values[key]; text != "" {
			if *to, err = hub.ParseID(text); err != nil {
				return hub.Session{}, fmt.Errorf("session data: %w", err)
			}
		}
	}
	return s, nil
}
