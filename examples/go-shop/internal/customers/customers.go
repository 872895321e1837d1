// Package customers makes traffic: so many customers a second, each looks at the goods and orders some.
package customers

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"tracing-ui/examples/go-shop/internal/payments"
	"tracing-ui/examples/go-shop/internal/shop"
	"tracing-ui/examples/go-shop/internal/web"
)

const patience = 10 * time.Second

// Plan says how many come, and how fast. The same seed makes the same orders.
type Plan struct {
	Seconds   float64
	PerSecond float64
	Seed      uint64
}

// Count is how many customers come in all.
func (plan Plan) Count() int {
	return int(plan.Seconds * plan.PerSecond)
}

var (
	tenants = []string{"north", "south", "harbour"}
	banks   = []string{"First Tea", "Northern", payments.BusyBank}
)

// Send sends the customers of the plan to the front, a line on output about each, and waits for the last of them. They
// are no part of any trace: a trace begins where a customer's request arrives. When ctx is done nobody else comes, and
// who is there is served.
func Send(ctx context.Context, front string, plan Plan, output io.Writer) error {
	client := &http.Client{Timeout: patience}
	goods, err := web.Call[[]shop.Item](ctx, client, front+"/goods", nil)
	if err != nil {
		return err
	}
	chance := rand.New(rand.NewPCG(plan.Seed, plan.Seed))
	lines := make(chan string)
	var underway sync.WaitGroup
	go func() {
		defer close(lines)
		defer underway.Wait()
		ticker := time.NewTicker(time.Duration(float64(time.Second) / plan.PerSecond))
		defer ticker.Stop()
		for number := 1; number <= plan.Count(); number++ {
			order := choose(number, goods, chance)
			underway.Go(func() { lines <- buy(context.WithoutCancel(ctx), client, front, order) })
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	for line := range lines {
		fmt.Fprintln(output, line)
	}
	return ctx.Err()
}

// choose makes an order. Every fifth card has expired, every third bank is the busy one.
func choose(number int, goods []shop.Item, chance *rand.Rand) shop.Order {
	items := make([]shop.Item, 0, len(goods))
	for _, index := range chance.Perm(len(goods))[:1+chance.IntN(3)] {
		item := goods[index]
		item.Count = 1 + chance.Int64N(4)
		items = append(items, item)
	}
	return shop.Order{
		ID:     fmt.Sprintf("order-%d", number),
		Tenant: tenants[number%len(tenants)],
		Items:  items,
		Card: shop.Card{
			Last4:     fmt.Sprintf("%04d", chance.IntN(10_000)),
			IsExpired: number%5 == 0,
			Bank:      banks[number%len(banks)],
		},
	}
}

func buy(ctx context.Context, client *http.Client, front string, order shop.Order) string {
	if _, err := web.Call[[]shop.Item](ctx, client, front+"/goods", nil); err != nil {
		return fmt.Sprintf("%s  %v", order.ID, err)
	}
	receipt, err := web.Call[shop.Receipt](ctx, client, front+"/orders", order)
	if err != nil {
		return fmt.Sprintf("%s  %v", order.ID, err)
	}
	return fmt.Sprintf("%s  trace %s  %s  %s", order.ID, receipt.TraceID, isSent(receipt), outcome(receipt))
}

func isSent(receipt shop.Receipt) string {
	if receipt.IsSampled {
		return "sampled"
	}
	return "not sampled"
}

func outcome(receipt shop.Receipt) string {
	if receipt.Refusal != "" {
		return receipt.Refusal
	}
	return fmt.Sprintf("placed, %d.%02d EUR", receipt.TotalCents/100, receipt.TotalCents%100)
}
