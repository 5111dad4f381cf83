use std::collections::BTreeMap;

use taos::{AsAsyncConsumer, Consumer, IsAsyncData, Offset};

use crate::consume::{next, open, try_next, POLL};
use crate::options::Options;
use crate::sums::Sums;
use crate::Outcome;

const HEAD_MESSAGES: usize = 5;

type Offsets = BTreeMap<i32, i64>;

/// Adds up messages until there are `rows` rows or `messages` messages; also gives the last one's offset.
async fn read(consumer: &Consumer, rows: u64, messages: usize) -> Outcome<(Sums, Option<Offset>)> {
    let mut sums = Sums::default();
    let mut last = None;
    for _ in 0..messages {
        if sums.rows >= rows {
            break;
        }
        let (offset, data) = next(consumer).await.map_err(|e| format!("{e}: {} of {rows} rows", sums.rows))?;
        while let Some(block) = data.fetch_raw_block().await? {
            sums.add_block(&block)?;
        }
        last = Some(offset);
    }
    Ok((sums, last))
}

async fn expect_nothing(consumer: &Consumer) -> Outcome<()> {
    match try_next(consumer, POLL).await? {
        None => Ok(()),
        Some(_) => Err("rows behind the last one".into()),
    }
}

fn expect_equal<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Outcome<()> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {got:?} instead of {wanted:?}").into())
    }
}

async fn positions(consumer: &Consumer, topic: &str, of: &Offsets) -> Outcome<Offsets> {
    let mut out = Offsets::new();
    for vgroup in of.keys() {
        out.insert(*vgroup, consumer.position(topic, *vgroup).await?);
    }
    Ok(out)
}

async fn committed(consumer: &Consumer, topic: &str, of: &Offsets) -> Outcome<Offsets> {
    let mut out = Offsets::new();
    for vgroup in of.keys() {
        out.insert(*vgroup, consumer.committed(topic, *vgroup).await?);
    }
    Ok(out)
}

async fn commit(consumer: &Consumer, topic: &str, offsets: &Offsets) -> Outcome<()> {
    for (vgroup, offset) in offsets {
        consumer.commit_offset(topic, *vgroup, *offset).await?;
    }
    Ok(())
}

/// Reads a topic, goes back and reads it again, leaves a group that has finished its first messages, and prints what is left for it to read.
pub async fn run(options: &Options) -> Outcome<()> {
    let topic = options.topic.as_str();
    let mut consumer = open(options).await?;
    let begin: Offsets = consumer.topic_assignment(topic).await.iter().map(|one| (one.vgroup_id(), one.begin())).collect();
    if begin.is_empty() {
        return Err("no vgroup is assigned".into());
    }

    let (head, last) = read(&consumer, options.rows, HEAD_MESSAGES).await?;
    let behind_head = positions(&consumer, topic, &begin).await?;
    consumer.commit(last.ok_or("no message came")?).await?;
    expect_equal("committed", &committed(&consumer, topic, &begin).await?, &behind_head)?;
    let (tail, _) = read(&consumer, options.rows - head.rows, usize::MAX).await?;
    expect_equal("rows", head.rows + tail.rows, options.rows)?;

    for (vgroup, offset) in &begin {
        consumer.offset_seek(topic, *vgroup, *offset).await?;
    }
    expect_equal("position behind a seek", &positions(&consumer, topic, &begin).await?, &begin)?;
    let (again, _) = read(&consumer, options.rows, usize::MAX).await?;
    expect_equal("rows after a seek", (again.rows, again.isum), (options.rows, head.isum.wrapping_add(tail.isum)))?;
    expect_nothing(&consumer).await?;

    commit(&consumer, topic, &begin).await?;
    expect_equal("committed at the beginning", &committed(&consumer, topic, &begin).await?, &begin)?;
    commit(&consumer, topic, &behind_head).await?;
    expect_equal("committed behind the first messages", &committed(&consumer, topic, &begin).await?, &behind_head)?;
    consumer.unsubscribe().await;

    let follower = open(options).await?;
    let (rest, _) = read(&follower, options.rows - head.rows, usize::MAX).await?;
    expect_equal("rows of the next consumer of the group", (rest.rows, rest.isum), (tail.rows, tail.isum))?;
    expect_nothing(&follower).await?;
    follower.unsubscribe().await;
    println!(r#"{{"peer":"rust","rows":{},"isum":{}}}"#, rest.rows, rest.isum);
    Ok(())
}
