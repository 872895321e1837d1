// Package front is what customers see of the shop. It knows for which tenant they buy, and tells everybody behind it.
package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"tracing-ui/examples/go-shop/internal/shop"
	"tracing-ui/examples/go-shop/internal/telemetry"
	"tracing-ui/examples/go-shop/internal/web"
)

// Name is the service's.
const Name = "front"

type front struct {
	client *http.Client
	orders string
}

// New makes the service; orders is the address of the service of that name.
func New(orders string) *http.ServeMux {
	f := &front{client: web.NewClient(telemetry.Everything), orders: orders}
	mux := http.NewServeMux()
	web.Handle(mux, "GET /goods", f.listGoods)
	web.Handle(mux, "POST /orders", f.placeOrder)
	return mux
}

func (f *front) listGoods(ctx context.Context, _ shop.Done) ([]shop.Item, error) {
	return web.Call[[]shop.Item](ctx, f.client, f.orders+"/goods", nil)
}

// placeOrder always has a receipt: a customer whose card is declined wants to know the trace, too.
func (f *front) placeOrder(ctx context.Context, order shop.Order) (shop.Receipt, error) {
	span := trace.SpanFromContext(ctx)
	// This span began before anybody knew the tenant. All later ones get it from the baggage.
	span.SetAttributes(attribute.String(shop.TenantKey, order.Tenant), attribute.String("order.id", order.ID))
	ctx, err := withTenant(ctx, order.Tenant)
	if err != nil {
		return shop.Receipt{}, &web.Problem{Status: http.StatusBadRequest, Text: err.Error()}
	}
	receipt, err := web.Call[shop.Receipt](ctx, f.client, f.orders+"/orders", order)
	if problem := (*web.Problem)(nil); errors.As(err, &problem) {
		telemetry.Fail(span, problem)
		receipt.Refusal = problem.Text
	} else if err != nil {
		return shop.Receipt{}, err
	}
	receipt.TraceID = span.SpanContext().TraceID().String()
	receipt.IsSampled = span.SpanContext().IsSampled()
	return receipt, nil
}

func withTenant(ctx context.Context, tenant string) (context.Context, error) {
	member, err := baggage.NewMemberRaw(shop.TenantKey, tenant)
	if err != nil {
		return ctx, fmt.Errorf("tenant %q: %w", tenant, err)
	}
	bag, err := baggage.FromContext(ctx).SetMember(member)
	if err != nil {
		return ctx, fmt.Errorf("tenant %q: %w", tenant, err)
	}
	return baggage.ContextWithBaggage(ctx, bag), nil
}
