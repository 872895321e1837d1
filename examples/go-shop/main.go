// Command go-shop is a small shop of three services, instrumented with the OpenTelemetry SDK.
//
//	go-shop                     starts the three and sends customers, then ends
//	go-shop front -orders URL   one of them: front, orders, payments
//	go-shop customers -front URL
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"tracing-ui/examples/go-shop/internal/customers"
	"tracing-ui/examples/go-shop/internal/front"
	"tracing-ui/examples/go-shop/internal/orders"
	"tracing-ui/examples/go-shop/internal/payments"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	name, arguments := "", os.Args[1:]
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		name, arguments = arguments[0], arguments[1:]
	}
	if err := run(ctx, name, arguments); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "go-shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string, arguments []string) error {
	given, err := readOptions(name, arguments)
	if err != nil {
		return err
	}
	switch name {
	case "":
		return runAll(ctx, given.plan)
	case "customers":
		return customers.Send(ctx, given.front, given.plan, os.Stdout)
	case front.Name, orders.Name, payments.Name:
		return serve(ctx, name, given)
	}
	return fmt.Errorf("there is no %q: it is front, orders, payments or customers, or nothing for all", name)
}

type options struct {
	listen, front, orders, payments string
	plan                            customers.Plan
}

func readOptions(name string, arguments []string) (options, error) {
	var given options
	flags := flag.NewFlagSet("go-shop "+name, flag.ExitOnError)
	flags.StringVar(&given.listen, "listen", "127.0.0.1:0", "where a service answers")
	flags.StringVar(&given.front, "front", "http://127.0.0.1:8081", "the address of front")
	flags.StringVar(&given.orders, "orders", "http://127.0.0.1:8082", "the address of orders")
	flags.StringVar(&given.payments, "payments", "http://127.0.0.1:8083", "the address of payments")
	flags.Float64Var(&given.plan.Seconds, "seconds", 10, "how long customers come")
	flags.Float64Var(&given.plan.PerSecond, "rate", 4, "customers a second")
	flags.Uint64Var(&given.plan.Seed, "seed", 1, "another number makes other orders")
	if err := flags.Parse(arguments); err != nil {
		return given, err
	}
	if flags.NArg() > 0 {
		return given, fmt.Errorf("%q is not understood", flags.Arg(0))
	}
	if given.plan.Seconds <= 0 || given.plan.PerSecond <= 0 || given.plan.PerSecond > 1000 {
		return given, errors.New("-seconds and -rate are above 0, and -rate is 1000 at most")
	}
	return given, nil
}
