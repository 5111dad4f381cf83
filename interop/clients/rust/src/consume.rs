use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use taos::consumer::Data;
use taos::{AsAsyncConsumer, AsyncTBuilder, Consumer, IsAsyncData, Offset, Timeout, TmqBuilder};

use crate::options::Options;
use crate::sums::Sums;
use crate::Outcome;

pub const POLL: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn open(options: &Options) -> Outcome<Consumer> {
    let dsn = format!("{}?group.id={}&auto.offset.reset=earliest&enable.auto.commit=false", options.url, options.group);
    let mut consumer = TmqBuilder::from_dsn(dsn)?.build().await?;
    consumer.subscribe([options.topic.as_str()]).await?;
    Ok(consumer)
}

/// A message within `time`, if there is one.
pub async fn try_next(consumer: &Consumer, time: Duration) -> Outcome<Option<(Offset, Data)>> {
    let Some((offset, message)) = consumer.recv_timeout(Timeout::Duration(time)).await? else {
        return Ok(None);
    };
    let data = message.into_data().ok_or("a message without data")?;
    Ok(Some((offset, data)))
}

/// The next message: an empty poll is not the end of a topic.
pub async fn next(consumer: &Consumer) -> Outcome<(Offset, Data)> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if let Some(message) = try_next(consumer, POLL).await? {
            return Ok(message);
        }
    }
    Err("no more rows came".into())
}

fn cpu_seconds() -> f64 {
    // SAFETY: getrusage fills what it is given
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

pub async fn run(options: &Options) -> Outcome<()> {
    let cpu = cpu_seconds();
    let consumer = open(options).await?;
    let mut sums = Sums::default();
    let (mut messages, mut blocks) = (0u64, 0u64);
    let mut tables = BTreeMap::<String, u64>::new();
    let start = Instant::now();
    let mut first = 0.0;
    while sums.rows < options.rows {
        let (_, data) = next(&consumer).await.map_err(|e| format!("{e}: {} of {} rows", sums.rows, options.rows))?;
        if messages == 0 {
            first = start.elapsed().as_secs_f64();
        }
        messages += 1;
        while let Some(block) = data.fetch_raw_block().await? {
            blocks += 1;
            sums.add_block(&block)?;
            if options.tables {
                *tables.entry(block.table_name().unwrap_or("").to_owned()).or_default() += block.nrows() as u64;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    // infinities and NaN are no JSON
    let fsum = if sums.fsum.is_finite() { sums.fsum.to_string() } else { "null".into() };
    let Sums { rows, cells, nulls, bytes, isum, .. } = sums;
    print!(r#"{{"peer":"rust","mode":"rows","rows":{rows},"cells":{cells},"nulls":{nulls},"bytes":{bytes},"msgs":{messages},"blocks":{blocks},"#);
    print!(r#""isum":{isum},"fsum":{fsum},"first_s":{first},"seconds":{seconds},"rows_per_s":{},"cpu_s":{}"#, rows as f64 / seconds, cpu_seconds() - cpu);
    if options.tables {
        print!(r#","tables":{tables:?}"#);
    }
    println!("}}");
    Ok(())
}
