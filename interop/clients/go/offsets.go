package main

import (
	"fmt"
	"time"

	"github.com/taosdata/driver-go/v3/common/tmq"
	wstmq "github.com/taosdata/driver-go/v3/ws/tmq"
)

const headMessages = 5

// read adds up messages until there are `rows` rows or `messages` messages.
func read(consumer *wstmq.Consumer, rows int64, messages int) (sums, error) {
	var out sums
	last := time.Now()
	for out.Rows < rows && messages > 0 {
		message, err := next(consumer, pollMs)
		if err != nil {
			return out, err
		}
		if message == nil {
			if time.Since(last) > patience {
				return out, fmt.Errorf("%d of %d rows came", out.Rows, rows)
			}
			continue
		}
		last = time.Now()
		messages--
		for _, block := range blocks(message) {
			for _, row := range block.Data {
				if err := out.addRow(row); err != nil {
					return out, err
				}
			}
		}
	}
	return out, nil
}

func expectNothing(consumer *wstmq.Consumer) error {
	message, err := next(consumer, pollMs)
	if err == nil && message != nil {
		err = fmt.Errorf("rows behind the last one")
	}
	return err
}

func expectEqual(what string, got, want []tmq.TopicPartition) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d vgroups instead of %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i].Partition != want[i].Partition || got[i].Offset != want[i].Offset {
			return fmt.Errorf("%s: %s instead of %s", what, got[i], want[i])
		}
	}
	return nil
}

const unlimited = int(^uint(0) >> 1)

// offsets reads a topic of o.rows rows, goes back and reads it again, leaves a group that has finished its first messages,
// and prints what is left for it to read.
func offsets(o options) error {
	consumer, err := open(o)
	if err != nil {
		return err
	}
	defer consumer.Close()
	if err := consumer.Subscribe(o.topic, nil); err != nil {
		return err
	}
	begin, err := consumer.Assignment()
	if err != nil {
		return err
	}
	if len(begin) == 0 {
		return fmt.Errorf("no vgroup is assigned")
	}

	head, err := read(consumer, o.rows, headMessages)
	if err != nil {
		return err
	}
	behindHead, err := consumer.Position(begin)
	if err != nil {
		return err
	}
	if _, err := consumer.Commit(); err != nil {
		return err
	}
	committed, err := consumer.Committed(begin, pollMs)
	if err != nil {
		return err
	}
	if err := expectEqual("committed", committed, behindHead); err != nil {
		return err
	}
	tail, err := read(consumer, o.rows-head.Rows, unlimited)
	if err != nil {
		return err
	}
	if head.Rows+tail.Rows != o.rows {
		return fmt.Errorf("%d rows instead of %d", head.Rows+tail.Rows, o.rows)
	}

	for _, vgroup := range begin {
		if err := consumer.Seek(vgroup, pollMs); err != nil {
			return err
		}
	}
	position, err := consumer.Position(begin)
	if err != nil {
		return err
	}
	if err := expectEqual("position behind a seek", position, begin); err != nil {
		return err
	}
	again, err := read(consumer, o.rows, unlimited)
	if err != nil {
		return err
	}
	if again.Rows != o.rows || again.Isum != head.Isum+tail.Isum {
		return fmt.Errorf("other rows after a seek")
	}
	if err := expectNothing(consumer); err != nil {
		return err
	}

	committed, err = consumer.CommitOffsets(begin)
	if err != nil {
		return err
	}
	if err := expectEqual("committed at the beginning", committed, begin); err != nil {
		return err
	}
	committed, err = consumer.CommitOffsets(behindHead)
	if err != nil {
		return err
	}
	if err := expectEqual("committed behind the first messages", committed, behindHead); err != nil {
		return err
	}
	if err := consumer.Unsubscribe(); err != nil {
		return err
	}

	follower, err := open(o)
	if err != nil {
		return err
	}
	defer follower.Close()
	if err := follower.Subscribe(o.topic, nil); err != nil {
		return err
	}
	rest, err := read(follower, o.rows-head.Rows, unlimited)
	if err != nil {
		return err
	}
	if rest.Rows != tail.Rows || rest.Isum != tail.Isum {
		return fmt.Errorf("the next consumer of the group found %d rows instead of %d", rest.Rows, tail.Rows)
	}
	if err := expectNothing(follower); err != nil {
		return err
	}
	if err := follower.Unsubscribe(); err != nil {
		return err
	}
	fmt.Printf("{\"peer\":\"go\",\"rows\":%d,\"isum\":%d}\n", rest.Rows, rest.Isum)
	return nil
}
