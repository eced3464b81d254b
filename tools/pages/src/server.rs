//! The page over HTTP, for this machine.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    extract::Request,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST},
    },
    middleware::{Next, from_fn},
    response::Response,
};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};
use tower_http::{
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
};

use crate::{folders::Folders, interrupted, runtime};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_EMBEDDER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-embedder-policy");

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Serves the files of `page`, and `document` as `/photos.json`.
    ///
    /// No header makes the page work: what is served here would be served by any host of files.
    pub(crate) async fn start(page: &Path, document: &Path, port: u16) -> Result<Self> {
        let module = page.join("pkg/insula_www_bg.wasm");
        ensure!(
            module.exists(),
            "{} is missing: build the page first, with ./build.sh serve",
            module.display()
        );
        let files = Router::new()
            .route_service("/photos.json", ServeFile::new(document))
            .fallback_service(ServeDir::new(page));
        Self::serve(files, port).await
    }

    /// Serves the files of `folder` below `base`, which begins and ends with `/`, with this content
    /// security policy, each after `delay`.
    pub(crate) async fn of_files(
        folder: &Path,
        base: &str,
        policy: Option<&'static str>,
        delay: Duration,
    ) -> Result<Self> {
        let files = match base {
            "/" => Router::new().fallback_service(ServeDir::new(folder)),
            _ => Router::new().nest_service(base, ServeDir::new(folder)),
        };
        let files = match policy {
            Some(policy) => files.layer(SetResponseHeaderLayer::overriding(
                CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(policy),
            )),
            None => files,
        };
        let late = move |request: Request, next: Next| async move {
            sleep(delay).await;
            next.run(request).await
        };
        Self::serve(files.layer(from_fn(late)), 0).await
    }

    /// Serves the files of `folder` with the headers that give a page clocks finer than a millisecond.
    pub(crate) async fn isolated(folder: &Path) -> Result<Self> {
        let headers = [
            (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
            (CROSS_ORIGIN_EMBEDDER_POLICY, "require-corp"),
        ];
        let mut files = Router::new().fallback_service(ServeDir::new(folder));
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            files = files.layer(SetResponseHeaderLayer::overriding(name, value));
        }
        Self::serve(files, 0).await
    }

    /// Serves the files of `folder`. Whoever asks for one whose path ends with `refused` gets it once, and then what `answer`
    /// makes of the answer. That is also given the file's URL on another origin.
    pub(crate) async fn refusing<F: Future<Output = Response> + Send + 'static>(
        folder: &Path,
        refused: &'static str,
        answer: impl Fn(Response, String) -> F + Clone + Send + Sync + 'static,
    ) -> Result<Self> {
        let was_given = Arc::new(AtomicBool::new(false));
        let refuse = move |request: Request, next: Next| {
            let (was_given, answer) = (was_given.clone(), answer.clone());
            async move {
                let path = request.uri().path().to_owned();
                let host = request.headers().get(HOST).cloned();
                let file = next.run(request).await;
                if !path.ends_with(refused) || !was_given.swap(true, Ordering::Relaxed) {
                    return file;
                }
                let port = host
                    .as_ref()
                    .and_then(|host| host.to_str().ok()?.split(':').nth(1));
                let elsewhere = format!("http://127.0.0.1:{}{path}", port.unwrap_or_default());
                answer(file, elsewhere).await
            }
        };
        let files = Router::new().fallback_service(ServeDir::new(folder));
        Self::serve(files.layer(from_fn(refuse)), 0).await
    }

    async fn serve(files: Router, port: u16) -> Result<Self> {
        // A rebuilt page is seen at the next reload.
        let files = files.layer(SetResponseHeaderLayer::overriding(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ));
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse => Err(error)
                .with_context(|| format!("port {port} is taken: choose another with --port")),
            other => other.with_context(|| format!("port {port} can't be listened on")),
        }?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move { axum::serve(listener, files).await });
        Ok(Self { address, task })
    }

    /// Where the page is. `localhost` is a secure context, as a site over https is.
    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}/", self.address.port())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the page until it is interrupted.
pub(crate) fn serve(folders: &Folders, page: &Path, port: u16) -> Result<()> {
    let document = folders.document()?;
    runtime()?.block_on(async {
        let server = Server::start(page, &document, port).await?;
        println!("The page is at {} (Ctrl-C ends it)", server.url());
        interrupted().await
    })
}
