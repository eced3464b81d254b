//! Every native row gives its figures. How large they are is of no interest here.

use std::process::Command;

#[test]
fn every_row_gives_a_number_for_each_contestant() {
    let output = Command::new(env!("CARGO_BIN_EXE_insula-bench"))
        .args(["--quick", "--native"])
        .output()
        .expect("the bench starts");
    let (table, said) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{table}{said}");
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/bench/quick/results.json"
    );
    let text = std::fs::read_to_string(file).expect("figures were written");
    let figures: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let figures = figures.as_array().expect("it is a list");
    assert!(figures.len() > 100, "{} figures", figures.len());
    for figure in figures {
        assert!(
            figure["error"].is_null() && figure["median"].is_f64(),
            "{figure}"
        );
    }
}
