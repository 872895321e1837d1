package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"tracing-ui/examples/go-shop/internal/customers"
	"tracing-ui/examples/go-shop/internal/front"
	"tracing-ui/examples/go-shop/internal/orders"
	"tracing-ui/examples/go-shop/internal/payments"
)

// runAll starts each service as a process of its own, sends the customers, and ends them, the one that asks before the
// one that is asked.
func runAll(ctx context.Context, plan customers.Plan) (err error) {
	var started []*process
	defer func() {
		for i := len(started) - 1; i >= 0; i-- {
			err = errors.Join(err, started[i].stop())
		}
	}()
	url := ""
	for _, words := range [][]string{{payments.Name}, {orders.Name, "-payments"}, {front.Name, "-orders"}} {
		if len(words) > 1 {
			words = append(words, url)
		}
		begun, err := start(words)
		if err != nil {
			return err
		}
		started = append(started, begun)
		url = begun.url
	}
	return customers.Send(ctx, url, plan, os.Stdout)
}

// process is a service that was started.
type process struct {
	command *exec.Cmd
	url     string
}

// start starts this program once more, as a service, and waits for the line with which it says where it answers.
func start(words []string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, words...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	begun := &process{command: command}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start", words[0]), begun.stop())
	}
	begun.url = line[strings.LastIndex(line, " ")+1 : len(line)-1]
	return begun, nil
}

// stop has the service finish, and waits until it has sent its spans.
func (p *process) stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.command.Args[1], err)
	}
	return nil
}
