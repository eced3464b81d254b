//! Waits until a server that was just started answers.
//!
//! An accepted connection is not enough. Vite looks whether its port is free by listening on it for a moment, and listens
//! anew after that. A page that was opened in between found no server.

use std::{io, net::Ipv4Addr, process::ExitStatus, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    process::Child,
    time::sleep,
};

const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// Waits until `server` answers a request for `path`. Gives its status where it ends before that.
pub(crate) async fn of(
    server: &mut Child,
    port: u16,
    path: &str,
) -> io::Result<Option<ExitStatus>> {
    while !answers(port, path).await.unwrap_or(false) {
        if let Some(status) = server.try_wait()? {
            return Ok(Some(status));
        }
        sleep(LOOKS_EVERY).await;
    }
    Ok(None)
}

async fn answers(port: u16, path: &str) -> io::Result<bool> {
    const BEGINNING: &[u8] = b"HTTP/1.";
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut beginning = [0; BEGINNING.len()];
    connection.read_exact(&mut beginning).await?;
    Ok(beginning == BEGINNING)
}

#[cfg(test)]
mod tests {
    use tokio::{net::TcpListener, process::Command};

    use super::*;
    use crate::runtime;

    /// As Vite does: a first listener that is closed again, then the one that serves.
    #[test]
    fn a_server_that_only_tries_its_port_has_not_answered() {
        let waited = runtime().unwrap().block_on(async {
            let trying = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let port = trying.local_addr()?.port();
            assert!(
                TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                    .await
                    .is_ok()
            );
            let serving = tokio::spawn(async move {
                drop(trying.accept().await?);
                drop(trying);
                sleep(5 * LOOKS_EVERY).await;
                let serving = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
                let (mut connection, _) = serving.accept().await?;
                let mut request = [0; 5];
                connection.read_exact(&mut request).await?;
                assert_eq!(&request, b"GET /");
                connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
            });
            let mut child = Command::new("sleep").arg("60").kill_on_drop(true).spawn()?;
            let ended = of(&mut child, port, "/").await?;
            assert!(serving.is_finished(), "it had not served");
            io::Result::Ok(ended)
        });
        assert!(waited.unwrap().is_none());
    }

    #[test]
    fn a_server_that_ends_gives_its_status() {
        let status = runtime().unwrap().block_on(async {
            let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let port = closed.local_addr()?.port();
            drop(closed);
            of(&mut Command::new("false").spawn()?, port, "/").await
        });
        assert_eq!(status.unwrap().and_then(|status| status.code()), Some(1));
    }
}
