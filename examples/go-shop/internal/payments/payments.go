// Package payments charges cards, and settles with the bank for many charges at once.
//
// It stands for a service of another age: it was instrumented for Zipkin and knows the headers of B3 only.
package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"tracing-ui/examples/go-shop/internal/shop"
	"tracing-ui/examples/go-shop/internal/telemetry"
	"tracing-ui/examples/go-shop/internal/web"
)

// Name is the service's.
const Name = "payments"

// BusyBank answers on the second attempt only.
const BusyBank = "Harbour Savings"

const settleEvery = 2 * time.Second

var (
	errExpired = errors.New("the card has expired")
	errBusy    = errors.New("the bank is busy")
	tracer     = otel.Tracer("go-shop/payments")
)

// Payments is the service: answer with its Mux, and Settle meanwhile.
type Payments struct {
	Mux   *http.ServeMux
	asked metric.Float64Histogram

	mu      sync.Mutex
	charged []trace.Link
}

// New makes the service.
func New() (*Payments, error) {
	asked, err := otel.Meter("go-shop/payments").Float64Histogram("shop.bank.duration", metric.WithUnit("s"),
		metric.WithDescription("How long the bank took to answer."), metric.WithExplicitBucketBoundaries(.002, .005, .01, .02, .05))
	if err != nil {
		return nil, err
	}
	p := &Payments{Mux: http.NewServeMux(), asked: asked}
	web.Handle(p.Mux, "POST /charges", p.charge, otelhttp.WithPropagators(telemetry.OnlyB3))
	return p, nil
}

// Settle settles now and then until ctx is done, and a last time then.
func (p *Payments) Settle(ctx context.Context) {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.settle(ctx)
		case <-ctx.Done():
			p.settle(context.WithoutCancel(ctx))
			return
		}
	}
}

func (p *Payments) charge(ctx context.Context, charge shop.Charge) (shop.Done, error) {
	ctx, span := tracer.Start(ctx, "charge card", trace.WithAttributes(
		attribute.Int64("payment.amount_cents", charge.TotalCents),
		attribute.String("payment.bank", charge.Card.Bank),
		attribute.Int("payment.attempt", charge.Attempt),
	))
	defer span.End()
	if err := p.askBank(ctx, charge); err != nil {
		refused := &ChargeRefused{Last4: charge.Card.Last4, Reason: err}
		telemetry.Fail(span, refused)
		return shop.Done{}, &web.Problem{Status: refused.status(), Text: refused.Error()}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.charged = append(p.charged, trace.Link{
		SpanContext: span.SpanContext(),
		Attributes:  []attribute.KeyValue{attribute.String("order.id", charge.OrderID)},
	})
	return shop.Done{}, nil
}

// askBank is what a library of the bank would do.
func (p *Payments) askBank(ctx context.Context, charge shop.Charge) error {
	began := time.Now()
	time.Sleep(4 * time.Millisecond)
	p.asked.Record(ctx, time.Since(began).Seconds(), metric.WithAttributes(attribute.String("payment.bank", charge.Card.Bank)))
	switch {
	case charge.Card.IsExpired:
		return errExpired
	case charge.Card.Bank == BusyBank && charge.Attempt == 1:
		return errBusy
	}
	trace.SpanFromContext(ctx).AddEvent("bank agreed", trace.WithAttributes(attribute.Int("bank.reference", 4711)))
	return nil
}

// settle is a trace of its own, with a link to every charge that it settles.
func (p *Payments) settle(ctx context.Context) {
	p.mu.Lock()
	links := p.charged
	p.charged = nil
	p.mu.Unlock()
	if len(links) == 0 {
		return
	}
	_, span := tracer.Start(ctx, "settle batch", trace.WithNewRoot(), trace.WithLinks(links...),
		trace.WithAttributes(attribute.Int("payment.batch.size", len(links))))
	defer span.End()
	time.Sleep(5 * time.Millisecond)
}

// ChargeRefused has a type of its own because a span shows it: of an error that fmt.Errorf wraps it would say
// *fmt.wrapError.
type ChargeRefused struct {
	Last4  string
	Reason error
}

func (refused *ChargeRefused) Error() string {
	return fmt.Sprintf("charge the card ending in %s: %v", refused.Last4, refused.Reason)
}

func (refused *ChargeRefused) Unwrap() error {
	return refused.Reason
}

func (refused *ChargeRefused) status() int {
	if errors.Is(refused, errBusy) {
		return http.StatusServiceUnavailable
	}
	return http.StatusPaymentRequired
}
