use taos::taos_query::common::Timestamp;
use taos::{BorrowedValue, Precision, RawBlock};

use crate::Outcome;

/// What every client of the comparison must find in the same rows.
#[derive(Default)]
pub struct Sums {
    pub rows: u64,
    pub cells: u64,
    pub nulls: u64,
    pub bytes: u64,
    pub isum: i64,
    pub fsum: f64,
}

impl Sums {
    pub fn add_block(&mut self, block: &RawBlock) -> Outcome<()> {
        for row in block.rows() {
            self.rows += 1;
            for (_, value) in row {
                self.add_value(value)?;
            }
        }
        Ok(())
    }

    fn add_integer(&mut self, width: u64, value: i64) {
        self.bytes += width;
        self.isum = self.isum.wrapping_add(value);
    }

    fn add_float(&mut self, width: u64, value: f64) {
        self.bytes += width;
        self.fsum += value;
    }

    fn add_value(&mut self, value: BorrowedValue) -> Outcome<()> {
        self.cells += 1;
        match value {
            BorrowedValue::Null(_) => self.nulls += 1,
            BorrowedValue::Timestamp(t) => self.add_integer(8, milliseconds(t)),
            BorrowedValue::Bool(v) => self.add_integer(1, v.into()),
            BorrowedValue::TinyInt(v) => self.add_integer(1, v.into()),
            BorrowedValue::SmallInt(v) => self.add_integer(2, v.into()),
            BorrowedValue::Int(v) => self.add_integer(4, v.into()),
            BorrowedValue::BigInt(v) => self.add_integer(8, v),
            BorrowedValue::UTinyInt(v) => self.add_integer(1, v.into()),
            BorrowedValue::USmallInt(v) => self.add_integer(2, v.into()),
            BorrowedValue::UInt(v) => self.add_integer(4, v.into()),
            BorrowedValue::UBigInt(v) => self.add_integer(8, v as i64),
            BorrowedValue::Float(v) => self.add_float(4, v.into()),
            BorrowedValue::Double(v) => self.add_float(8, v),
            BorrowedValue::VarChar(v) => self.bytes += v.len() as u64,
            BorrowedValue::NChar(v) => self.bytes += v.len() as u64,
            BorrowedValue::Json(v) | BorrowedValue::VarBinary(v) | BorrowedValue::Geometry(v) => self.bytes += v.len() as u64,
            other => return Err(format!("a value {other:?}").into()),
        }
        Ok(())
    }
}

fn milliseconds(t: Timestamp) -> i64 {
    let ticks = t.as_raw_i64();
    match t.precision() {
        Precision::Millisecond => ticks,
        Precision::Microsecond => ticks.div_euclid(1_000),
        Precision::Nanosecond => ticks.div_euclid(1_000_000),
    }
}
