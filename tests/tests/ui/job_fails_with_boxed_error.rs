//! The error of a job is a message, which a `Box<dyn Error>` is not; `anyhow::Error` gets the same text.

fn parse(text: String) -> Result<u32, Box<dyn std::error::Error>> {
    Ok(text.parse()?)
}

fn main() {
    let _task = insula::compute(parse, "1".to_owned());
}
