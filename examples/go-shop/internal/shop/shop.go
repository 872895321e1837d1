// Package shop has what the services tell each other.
package shop

// TenantKey is the baggage, and on spans the attribute, that says for whom all of a trace is done.
const TenantKey = "shop.tenant"

// Item is a thing that is sold, and how many of it are wanted.
type Item struct {
	Name       string `json:"name"`
	PriceCents int64  `json:"price_cents"`
	Count      int64  `json:"count"`
}

// Card is what a customer pays with.
type Card struct {
	Last4     string `json:"last4"`
	IsExpired bool   `json:"is_expired"`
	Bank      string `json:"bank"`
}

// Order is what a customer sends.
type Order struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
	Items  []Item `json:"items"`
	Card   Card   `json:"card"`
}

// Receipt is what a customer gets, for an order that was placed and for one that was not.
type Receipt struct {
	TraceID    string `json:"trace_id"`
	IsSampled  bool   `json:"is_sampled"`
	TotalCents int64  `json:"total_cents"`
	Refusal    string `json:"refusal"`
}

// Charge is what the orders ask of the payments. Attempt counts from 1.
type Charge struct {
	OrderID    string `json:"order_id"`
	TotalCents int64  `json:"total_cents"`
	Card       Card   `json:"card"`
	Attempt    int    `json:"attempt"`
}

// Done is an answer that says no more than that.
type Done struct{}
