//! An isolate by name that talks through ports, with its exit and its errors listened to.

use insula::{Error, Isolate, ReceivePort, SendPort, Start, register_program};

async fn numbers(start: Start<SendPort<u32>>) {
    for number in 1..=3 {
        if start.message.send(number).is_err() {
            return;
        }
    }
}

async fn app() -> Result<(), Error> {
    let mut port = ReceivePort::<u32>::new();
    let (mut failed, mut ended) = (ReceivePort::new(), ReceivePort::new());
    Isolate::builder()
        .on_error(failed.send_port())
        .on_exit(ended.send_port())
        .spawn_uri("insula:numbers", ["three"], port.send_port())
        .await?;
    let mut sum = 0;
    while sum < 6 {
        sum += port.next().await.ok_or(Error::Closed)?;
    }
    ended.next().await.ok_or(Error::Closed)?;
    if failed.try_recv().is_err() {
        Ok(())
    } else {
        Err(Error::Closed)
    }
}

fn main() {
    register_program("numbers", numbers);
    insula::main(app);
}
