use crate::Outcome;

pub struct Options {
    pub command: String,
    pub url: String,
    pub topic: String,
    pub group: String,
    /// to read; for `offsets`: all rows of the topic
    pub rows: u64,
    /// count the rows of every table
    pub tables: bool,
}

pub fn parse(mut args: impl Iterator<Item = String>) -> Outcome<Options> {
    let mut out = Options {
        command: args.next().ok_or("usage: interop consume|offsets --url URL --topic T --group G --rows N [--tables]")?,
        url: "ws://127.0.0.1:6041".into(),
        topic: String::new(),
        group: "rust".into(),
        rows: 0,
        tables: false,
    };
    while let Some(option) = args.next() {
        if option == "--tables" {
            out.tables = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--url" => out.url = value,
            "--topic" => out.topic = value,
            "--group" => out.group = value,
            "--rows" => out.rows = value.parse()?,
            _ => return Err(format!("unknown option {option}").into()),
        }
    }
    Ok(out)
}
