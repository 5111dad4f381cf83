package main

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// float is a number that is null in JSON when it is none there: a sum with an infinity or a NaN in it.
type float float64

func (f float) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(f), 0) || math.IsNaN(float64(f)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// sums is what every client of the comparison must find in the same rows.
type sums struct {
	Rows  int64 `json:"rows"`
	Cells int64 `json:"cells"`
	Nulls int64 `json:"nulls"`
	Bytes int64 `json:"bytes"`
	Isum  int64 `json:"isum"`
	Fsum  float `json:"fsum"`
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
			s.Fsum += float(value)
		case float64:
			s.Bytes += 8
			s.Fsum += float(value)
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
