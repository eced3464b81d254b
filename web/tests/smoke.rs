#![cfg(target_arch = "wasm32")]
use insula_web::*;
use std::time::Duration;
use wasm_bindgen_test::*;
wasm_bindgen_test_configure!(run_in_browser);

fn parse(text: String) -> Result<u32, String> {
    text.parse::<u32>().map_err(|e| e.to_string())
}
fn boom(_: u32) -> u32 {
    panic!("boom")
}
async fn slow(x: u32) -> u32 {
    sleep(Duration::from_millis(5)).await;
    x + 1
}
async fn forever(_: u32) -> u32 {
    std::future::pending().await
}
fn spin(_: u32) -> u32 {
    let mut x = 1u32;
    loop {
        x = x.wrapping_mul(3);
        if std::hint::black_box(x) == 0 {
            return x;
        }
    }
}
fn len(d: TransferableTypedData) -> usize {
    d.materialize().unwrap().len()
}
fn back(d: TransferableTypedData) -> TransferableTypedData {
    d
}

#[wasm_bindgen_test]
async fn computes() {
    assert_eq!(compute(parse, "7".to_owned()).await.unwrap(), Ok(7));
    assert_eq!(compute_async(slow, 7).await.unwrap(), 8);
    assert!(matches!(
        Isolate::run(|| 5).await,
        Err(TaskError::Unsupported(_))
    ));
}

#[wasm_bindgen_test]
async fn runs() {
    let r = IsolateRunner::spawn().await.unwrap();
    assert_eq!(r.run(parse, "8".to_owned()).await.unwrap(), Ok(8));
    assert_eq!(r.run_async(slow, 8).await.unwrap(), 9);
    assert_eq!(
        r.run(len, TransferableTypedData::from_slices(&[b"abc", b"de"]))
            .await
            .unwrap(),
        5
    );
    let d = r
        .run(back, TransferableTypedData::from_slices(&[b"abc", b"de"]))
        .await
        .unwrap();
    assert_eq!(d.materialize().unwrap(), b"abcde");
    r.close().await.unwrap();
    sleep(Duration::from_millis(50)).await;
    assert_eq!(web::worker_count(), 0);
}

#[wasm_bindgen_test]
async fn panics() {
    let r = IsolateRunner::spawn().await.unwrap();
    let other = r.run_async(forever, 1);
    let e = r.run(boom, 8).await.unwrap_err();
    console_log!("{e}");
    assert!(
        e.to_string().contains("boom") && e.to_string().contains("smoke.rs"),
        "{e}"
    );
    assert!(matches!(other.await, Err(TaskError::IsolateLost { .. })));
    assert_eq!(web::worker_count(), 0);
}

#[wasm_bindgen_test]
async fn kills() {
    let r = IsolateRunner::spawn().await.unwrap();
    let t = r.run(spin, 8);
    r.kill(Priority::Immediate);
    assert!(matches!(t.await, Err(TaskError::IsolateLost { .. })));
    assert_eq!(web::worker_count(), 0);
}

#[wasm_bindgen_test]
async fn balances() {
    let b = LoadBalancer::spawn(3).await.unwrap();
    let tasks: Vec<_> = (0..30).map(|i| b.run_async(slow, i)).collect();
    for (i, t) in tasks.into_iter().enumerate() {
        assert_eq!(t.await.unwrap(), i as u32 + 1);
    }
    assert!(b.run(boom, 1).await.is_err());
    for i in 0..6 {
        assert_eq!(b.run_async(slow, i).await.unwrap(), i + 1);
    }
    b.close().await.unwrap();
}

#[wasm_bindgen_test]
async fn missing() {
    web::set_worker_url(Some("/nothing-here.js"));
    let e = IsolateRunner::spawn().await.unwrap_err();
    console_log!("{e}");
    web::set_worker_url(None);
    let e = Isolate::spawn_uri("insula:none", vec![], ())
        .await
        .unwrap_err();
    console_log!("{e}");
}
