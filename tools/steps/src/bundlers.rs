//! The step `bundlers`: one application, built by each bundler and served in each way. This makes what
//! they build from; tools/pages opens the pages.

use std::{fs, io, path::Path};

use crate::{
    arguments::Arguments,
    checkout::{Checkout, Panics},
    log::Log,
    npm, page,
};

/// Firefox is cheap, where it is set up anyway.
pub(crate) fn test(checkout: &Checkout, arguments: &Arguments, log: &mut Log, number: usize) {
    let work = checkout.target().join("bundlers");
    if let Err(error) = empty(&work) {
        log.fail(&format!("{} can't be emptied: {error}", work.display()));
        return;
    }
    let plain = squares(checkout, log, &work.join("app"), &["--target", "web"]);
    let bundler = ["--target", "bundler", "--features", "bundler-target"];
    if !plain || !squares(checkout, log, &work.join("app-bundler-target"), &bundler) {
        return;
    }
    if let Err(error) = variants(checkout.root(), &work) {
        log.fail(&format!("{} can't be written: {error}", work.display()));
        return;
    }
    let Some(tarball) = npm::bundle(checkout, log) else {
        return;
    };
    if !npm(checkout, log, &tarball, &work.join("app-npm"))
        || !rust_page(checkout, log, &tarball, &work.join("app-rust-page"))
    {
        return;
    }
    let engines = match arguments.wants("firefox") {
        true => "chromium,firefox",
        false => "chromium",
    };
    let mut pages = page::pages(checkout, "bundlers", engines, number);
    log.run(pages.args(arguments.filter.as_deref()));
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
}

/// The application's files, and its module with the glue in pkg/.
fn squares(checkout: &Checkout, log: &mut Log, folder: &Path, options: &[&str]) -> bool {
    let sources = checkout.root().join("tests/bundlers/app");
    if let Err(error) = copy(&sources, folder) {
        return log.fail(&format!("{} can't be copied: {error}", sources.display()));
    }
    let mut pack = checkout.wasm_command("wasm-pack", Panics::Abort);
    pack.args([
        "build",
        "tests/bundlers",
        "--mode",
        "no-install",
        "--no-opt",
        "--release",
    ])
    .args(["--no-typescript", "--out-name", "squares", "--out-dir"])
    .arg(folder.join("pkg"))
    .args(options);
    log.run(&mut pack)
}

/// An application that uses the npm package, unpacked from its tarball.
fn npm(checkout: &Checkout, log: &mut Log, tarball: &Path, folder: &Path) -> bool {
    let sources = checkout.root().join("tests/bundlers/app-npm");
    let installed = folder.join("node_modules/@insula/web");
    if let Err(error) = copy(&sources, folder).and_then(|()| fs::create_dir_all(&installed)) {
        return log.fail(&format!("{} can't be copied: {error}", sources.display()));
    }
    let mut tar = checkout.command("tar");
    tar.arg("xzf").arg(tarball).arg("-C").arg(installed);
    log.run(tar.arg("--strip-components=1"))
}

/// The application of docs/rust-for-typescript.md. Its crate has the versions and the settings of this workspace, so that what it
/// depends on is built already.
fn rust_page(checkout: &Checkout, log: &mut Log, tarball: &Path, folder: &Path) -> bool {
    let mut node = checkout.wasm_command("node", Panics::Abort);
    node.arg("tests/bundlers/rust-page.js")
        .args([tarball, folder])
        .env("CARGO_TARGET_DIR", checkout.target())
        .env("CARGO_PROFILE_RELEASE_LTO", "thin")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "4");
    log.run(&mut node)
}

/// The same as a package in node_modules, and the script of the bundlers' own target.
fn variants(root: &Path, work: &Path) -> io::Result<()> {
    let (app, package) = (work.join("app"), work.join("app-package"));
    copy(&app, &package)?;
    fs::create_dir(package.join("node_modules"))?;
    fs::rename(package.join("pkg"), package.join("node_modules/squares"))?;
    let main = package.join("main.js");
    let script = fs::read_to_string(&main)?;
    fs::write(&main, script.replace("./pkg/squares.js", "squares"))?;
    fs::copy(
        root.join("tests/bundlers/app/main-bundler-target.js"),
        work.join("app-bundler-target/main.js"),
    )?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
