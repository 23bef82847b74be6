package seed

import (
	"fmt"

	"eblagh/hub"
)

// The demo's numbers come from series with their serial in the last places, so that everyone sees what they are:
// national ids 0990000…, legal-entity ids 10990000…, mobiles 0990 000 0….

// nationalID gives the id of the demo's natural person with a serial below 100: the series, and the control digit.
func nationalID(serial int) (hub.NationalID, error) {
	return controlled(fmt.Sprintf("0990000%02d", serial), hub.ParseNationalID)
}

// legalID gives the id of the demo's legal person with a serial below 100.
func legalID(serial int) (hub.NationalID, error) {
	return controlled(fmt.Sprintf("10990000%02d", serial), hub.ParseLegalID)
}

// controlled adds the control digit that the hub accepts.
func controlled(series string, parse func(string) (hub.NationalID, error)) (hub.NationalID, error) {
	for digit := '0'; digit <= '9'; digit++ {
		if id, err := parse(series + string(digit)); err == nil {
			return id, nil
		}
	}
	return "", fmt.Errorf("series %s has no control digit", series)
}

func mobile(serial int) string { return fmt.Sprintf("0990000%04d", serial) }
