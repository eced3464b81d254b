//! The application as a page of a browser extension: its files as they are, and a manifest.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

/// The public key of the extension. It gives the name in [`PAGE`], which otherwise depends on the folder.
const KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr3+4953CFnkNr4S4PgSJjnAHFS9sd1PPVnHAGeSpKPB5HCV0\
    wSLGZUB4Tbtw3A/btFI5lYmklfPzDWZAVYihnSTFaXX+8nHr5eH1qeiisQQXj5+0cAhaU29b32D5vKRUJ57EH1hg54D8\
    eacvIhrApu/VsfND7S2zCfauCNtL+ye9teMc5FS5FLCzlphct1sXf0nXZ6K/yToI3b4O9g5EDe2pEAOdk0DTaaHsjz7S\
    wq0boEyCXbzsHmxMf+x2+CsMOU2JhCXTMB3h9wn2OAEadOGJqXnNQBl3qz+mFxl4T07dHhr1m3xZhVo72CxjZJcNHjlx\
    jA3qQ0z03a8VlZuqgQIDAQAB";

/// Where the page is. The host is made of the first 16 bytes of the key's SHA-256: `a` stands for the digit 0, `p` for 15.
pub(super) const PAGE: &str = "chrome-extension://gifdlkpcboppbomgmgjfpmipgpeogdje/index.html";

/// Makes an extension of the folder of a built application.
pub(super) fn complete(folder: &Path) -> Result<()> {
    // What an extension has to ask for before it may compile wasm.
    let policy = "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'";
    let manifest = json!({
        "manifest_version": 3,
        "name": "squares",
        "version": "1",
        "key": KEY,
        "content_security_policy": { "extension_pages": policy },
    });
    let file = folder.join("manifest.json");
    fs::write(&file, manifest.to_string())
        .with_context(|| format!("{} can't be written", file.display()))
}

/// What Chromium is started with, so that it has the extension.
pub(super) fn arguments(folder: &Path) -> Vec<String> {
    vec![
        format!("--load-extension={}", folder.display()),
        // Chrome takes the option only with this.
        "--disable-features=DisableLoadExtensionCommandLineSwitch".to_owned(),
    ]
}
