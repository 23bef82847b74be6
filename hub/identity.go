package hub

import "time"

// Identity is who a staff person is at an identity provider outside. It is bound by hand, never by a name or an address,
// and of the provider's subject only a keyed digest is kept.
type Identity struct {
	ID      ID
	Issuer  string
	Person  ID
	BoundBy ID
	BoundAt time.Time
}
