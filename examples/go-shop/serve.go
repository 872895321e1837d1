package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"tracing-ui/examples/go-shop/internal/front"
	"tracing-ui/examples/go-shop/internal/orders"
	"tracing-ui/examples/go-shop/internal/payments"
	"tracing-ui/examples/go-shop/internal/telemetry"
	"tracing-ui/examples/go-shop/internal/web"
)

const sendTimeout = 10 * time.Second

// service is what answers requests, and what it does besides until its context is done.
type service struct {
	mux       *http.ServeMux
	meanwhile func(context.Context)
}

// serve answers as one of the services until ctx is done, then sends the spans that are left.
func serve(ctx context.Context, name string, given options) (err error) {
	stop, err := telemetry.Start(ctx, name)
	if err != nil {
		return err
	}
	defer func() {
		sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
		defer cancel()
		err = errors.Join(err, stop(sending))
	}()
	begun, err := newService(name, given)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", given.listen)
	if err != nil {
		return err
	}
	fmt.Printf("%s answers at http://%s\n", name, listener.Addr())
	return begun.answer(ctx, listener)
}

func newService(name string, given options) (service, error) {
	nothing := func(context.Context) {}
	switch name {
	case front.Name:
		return service{front.New(given.orders), nothing}, nil
	case orders.Name:
		mux, err := orders.New(given.payments)
		return service{mux, nothing}, err
	}
	begun, err := payments.New()
	if err != nil {
		return service{}, err
	}
	return service{begun.Mux, begun.Settle}, nil
}

// answer ends what the service does besides after the last request is answered.
func (s service) answer(ctx context.Context, listener net.Listener) error {
	working, finish := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { s.meanwhile(working) })
	defer work.Wait()
	defer finish()
	return web.Serve(ctx, listener, s.mux)
}
