package hub

import "time"

// ServiceStatus is where the law stands, apart from transport.
type ServiceStatus string

// The states of service.
const (
	ServicePending      ServiceStatus = "pending"
	ServiceConstructive ServiceStatus = "constructive" // ابلاغ قانونی
	ServiceActual       ServiceStatus = "actual"       // ابلاغ واقعی
	ServiceRefused      ServiceStatus = "refused"
	ServiceLapsed       ServiceStatus = "lapsed"
	ServiceNotServed    ServiceStatus = "not_served"
	ServiceCancelled    ServiceStatus = "cancelled"
)

// Valid reports whether s is one of the states.
func (s ServiceStatus) Valid() bool {
	switch s {
	case ServicePending, ServiceConstructive, ServiceActual, ServiceRefused, ServiceLapsed, ServiceNotServed, ServiceCancelled:
		return true
	}
	return false
}

// Service is a legal answer, with what it rests on.
type Service struct {
	Status      ServiceStatus
	ServedAt    time.Time // zero: not served
	Basis       string    // the norm and what it says, in words
	Rule        string
	RuleVersion string
}
