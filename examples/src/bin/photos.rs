//! Decodes 20 MB of JSON on a thread of its own while this one ticks 60 times a second.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::error::Error;

use insula::TransferableTypedData;
use insula_examples::photos::{COUNT, Measured, SEED, document, measure, native_clock};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn Error + Send + Sync>> {
    let document = document(COUNT, SEED);
    println!("a document of {} bytes", document.len());
    let document = TransferableTypedData::from_slices(&[&document]);
    let Measured { row, blocked } = measure(document, "native", native_clock).await?;
    println!("photos          {}", row.photos);
    println!("checksum        {}", row.checksum);
    println!("total           {:.1} ms", row.total_ms);
    println!("longest freeze  {:.3} ms", row.longest_freeze_ms);
    println!("frames lost     {}", row.frames_lost);
    println!("caller blocked  {:.3} ms", blocked.as_secs_f64() * 1000.0);
    Ok(())
}
