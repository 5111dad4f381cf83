package main

import (
	"encoding/json"
	"fmt"
	"syscall"
	"time"

	"github.com/taosdata/driver-go/v3/common/tmq"
	wstmq "github.com/taosdata/driver-go/v3/ws/tmq"
)

const (
	pollMs   = 1000
	patience = 60 * time.Second
)

type result struct {
	Peer string `json:"peer"`
	Mode string `json:"mode"`
	sums
	Msgs    int64            `json:"msgs"`
	Blocks  int64            `json:"blocks"`
	First   float64          `json:"first_s"`
	Seconds float64          `json:"seconds"`
	Rate    float64          `json:"rows_per_s"`
	CPU     float64          `json:"cpu_s"`
	Tables  map[string]int64 `json:"tables,omitempty"`
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func open(o options) (*wstmq.Consumer, error) {
	at, err := parseURL(o.url)
	if err != nil {
		return nil, err
	}
	return wstmq.NewConsumer(&tmq.ConfigMap{
		"ws.url":              at.address,
		"td.connect.user":     at.user,
		"td.connect.pass":     at.password,
		"group.id":            o.group,
		"auto.offset.reset":   "earliest",
		"enable.auto.commit":  "false",
		"msg.with.table.name": "true",
	})
}

// next waits for a message; nil when none came within the timeout.
func next(consumer *wstmq.Consumer, timeoutMs int) (*tmq.DataMessage, error) {
	switch event := consumer.Poll(timeoutMs).(type) {
	case nil:
		return nil, nil
	case *tmq.DataMessage:
		return event, nil
	case tmq.Error:
		return nil, event
	default:
		return nil, fmt.Errorf("an event of type %T", event)
	}
}

func blocks(message *tmq.DataMessage) []*tmq.Data {
	return message.Value().([]*tmq.Data)
}

func consume(o options) error {
	consumer, err := open(o)
	if err != nil {
		return err
	}
	defer consumer.Close()
	cpu := cpuSeconds()
	if err := consumer.Subscribe(o.topic, nil); err != nil {
		return err
	}
	out := result{Peer: "go", Mode: "rows"}
	if o.tables {
		out.Tables = map[string]int64{}
	}
	start := time.Now()
	last := start
	for out.Rows < o.rows {
		message, err := next(consumer, pollMs)
		if err != nil {
			return err
		}
		if message == nil {
			if time.Since(last) > patience {
				return fmt.Errorf("%d of %d rows came", out.Rows, o.rows)
			}
			continue
		}
		if out.Msgs == 0 {
			out.First = time.Since(start).Seconds()
		}
		last = time.Now()
		out.Msgs++
		for _, block := range blocks(message) {
			out.Blocks++
			for _, row := range block.Data {
				if err := out.addRow(row); err != nil {
					return err
				}
			}
			if o.tables {
				out.Tables[block.TableName] += int64(len(block.Data))
			}
		}
	}
	out.Seconds = time.Since(start).Seconds()
	out.Rate = float64(out.Rows) / out.Seconds
	out.CPU = cpuSeconds() - cpu
	line, err := json.Marshal(out)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}
