// Package orders knows the goods, adds up what they cost and asks for the money.
package orders

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"tracing-ui/examples/go-shop/internal/shop"
	"tracing-ui/examples/go-shop/internal/telemetry"
	"tracing-ui/examples/go-shop/internal/web"
)

// Name is the service's.
const Name = "orders"

const (
	maxAttempts = 3
	backoff     = 15 * time.Millisecond
)

var (
	tracer = otel.Tracer("go-shop/orders")
	goods  = []shop.Item{
		{Name: "tea", PriceCents: 420},
		{Name: "coffee", PriceCents: 790},
		{Name: "mug", PriceCents: 1200},
		{Name: "kettle", PriceCents: 3950},
	}
)

type orders struct {
	client   *http.Client
	payments string
	placed   metric.Int64Counter
	totals   metric.Float64Histogram
}

// New makes the service; payments is the address of the service of that name.
func New(payments string) (*http.ServeMux, error) {
	meter := otel.Meter("go-shop/orders")
	placed, err := meter.Int64Counter("shop.orders", metric.WithUnit("{order}"), metric.WithDescription("Orders by what became of them."))
	if err != nil {
		return nil, err
	}
	totals, err := meter.Float64Histogram("shop.order.total", metric.WithUnit("EUR"), metric.WithDescription("What placed orders cost."),
		metric.WithExplicitBucketBoundaries(5, 10, 20, 50, 100, 200))
	if err != nil {
		return nil, err
	}
	o := &orders{client: web.NewClient(telemetry.OnlyB3), payments: payments, placed: placed, totals: totals}
	mux := http.NewServeMux()
	web.Handle(mux, "GET /goods", o.listGoods)
	web.Handle(mux, "POST /orders", o.placeOrder)
	return mux, nil
}

func (o *orders) listGoods(ctx context.Context, _ shop.Done) ([]shop.Item, error) {
	query(ctx, "SELECT", "goods", 2*time.Millisecond)
	return goods, nil
}

func (o *orders) placeOrder(ctx context.Context, order shop.Order) (shop.Receipt, error) {
	totalCents := addUp(ctx, order.Items)
	if err := o.charge(ctx, shop.Charge{OrderID: order.ID, TotalCents: totalCents, Card: order.Card}); err != nil {
		o.placed.Add(ctx, 1, metric.WithAttributes(attribute.String("order.outcome", "refused")))
		return shop.Receipt{}, err
	}
	query(ctx, "UPDATE", "stock", 3*time.Millisecond)
	o.placed.Add(ctx, 1, metric.WithAttributes(attribute.String("order.outcome", "placed")))
	o.totals.Record(ctx, float64(totalCents)/100)
	return shop.Receipt{TotalCents: totalCents}, nil
}

// charge asks the payments, and again where the bank is busy. An error that it gives up with is on the span of the request.
func (o *orders) charge(ctx context.Context, charge shop.Charge) error {
	span := trace.SpanFromContext(ctx)
	for charge.Attempt = 1; ; charge.Attempt++ {
		_, err := web.Call[shop.Done](ctx, o.client, o.payments+"/charges", charge)
		if err == nil {
			return nil
		}
		if charge.Attempt == maxAttempts || !isBusy(err) {
			telemetry.Fail(span, err)
			return err
		}
		span.AddEvent("charge again", trace.WithAttributes(attribute.Int("charge.attempt", charge.Attempt)))
		select {
		case <-time.After(backoff << charge.Attempt):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func isBusy(err error) bool {
	problem := (*web.Problem)(nil)
	return errors.As(err, &problem) && problem.Status == http.StatusServiceUnavailable
}

func addUp(ctx context.Context, items []shop.Item) (totalCents int64) {
	_, span := tracer.Start(ctx, "add up")
	defer span.End()
	names := make([]string, 0, len(items))
	for _, item := range items {
		totalCents += item.PriceCents * item.Count
		names = append(names, item.Name)
	}
	time.Sleep(time.Duration(len(items)) * time.Millisecond)
	span.SetAttributes(
		attribute.Int64("order.total_cents", totalCents),
		attribute.StringSlice("order.items", names),
		attribute.Bool("order.has_discount", false),
	)
	return totalCents
}

// query is what the driver of a database would record.
func query(ctx context.Context, operation, table string, duration time.Duration) {
	_, span := tracer.Start(ctx, operation+" "+table, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "postgresql"),
		attribute.String("db.namespace", "shop"),
		attribute.String("db.collection.name", table),
		attribute.String("db.operation.name", operation),
		attribute.String("server.address", "shop-db"),
	))
	defer span.End()
	time.Sleep(duration)
}
