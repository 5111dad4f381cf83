//! Consumes a topic with TDengine's own client for Rust.

mod consume;
mod offsets;
mod options;
mod sums;

use std::error::Error;
use std::process::ExitCode;

type Outcome<T> = Result<T, Box<dyn Error>>;

async fn run() -> Outcome<()> {
    let options = options::parse(std::env::args().skip(1))?;
    match options.command.as_str() {
        "consume" => consume::run(&options).await,
        "offsets" => offsets::run(&options).await,
        other => Err(format!("unknown command {other}: consume or offsets").into()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("rust: {e}");
            ExitCode::from(2)
        }
    }
}
