//! The error of a job is a message, which an `io::Error` is not.

fn read(path: String) -> Result<String, std::io::Error> {
    std::fs::read_to_string(path)
}

fn main() {
    let _task = insula::compute(read, "Cargo.toml".to_owned());
}
