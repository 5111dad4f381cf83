package main

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// sums is what every client of the comparison must find in the same rows.
type sums struct {
	Rows  int64   `json:"rows"`
	Cells int64   `json:"cells"`
	Nulls int64   `json:"nulls"`
	Bytes int64   `json:"bytes"`
	Isum  int64   `json:"isum"`
	Fsum  float64 `json:"fsum"`
}

func (s *sums) addRow(row []driver.Value) error {
	s.Rows++
	s.Cells += int64(len(row))
	for _, cell := range row {
		switch value := cell.(type) {
		case nil:
			s.Nulls++
		case time.Time:
			s.Bytes += 8
			s.Isum += value.UnixMilli()
		case int64:
			s.Bytes += 8
			s.Isum += value
		case int32:
			s.Bytes += 4
			s.Isum += int64(value)
		case float32:
			s.Bytes += 4
			s.Fsum += float64(value)
		case float64:
			s.Bytes += 8
			s.Fsum += value
		case string:
			s.Bytes += int64(len(value))
		case []byte:
			s.Bytes += int64(len(value))
		case bool:
			s.Bytes++
			if value {
				s.Isum++
			}
		case int8:
			s.Bytes++
			s.Isum += int64(value)
		case int16:
			s.Bytes += 2
			s.Isum += int64(value)
		case uint8:
			s.Bytes++
			s.Isum += int64(value)
		case uint16:
			s.Bytes += 2
			s.Isum += int64(value)
		case uint32:
			s.Bytes += 4
			s.Isum += int64(value)
		case uint64:
			s.Bytes += 8
			s.Isum += int64(value)
		default:
			return fmt.Errorf("a value of type %T", cell)
		}
	}
	return nil
}
