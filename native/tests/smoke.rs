use insula_native::*;
use std::time::Duration;

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

#[test]
fn smoke() {
    let r = block_on(async {
        assert_eq!(compute(parse, "7".to_owned()).await.unwrap(), Ok(7));
        assert!(compute(parse, "x".to_owned()).await.unwrap().is_err());
        let e = compute(boom, 1).await.unwrap_err();
        println!("{e:?}");
        let r = IsolateRunner::spawn().await.unwrap();
        assert_eq!(r.run(parse, "8".to_owned()).await.unwrap(), Ok(8));
        assert_eq!(r.run_async(slow, 8).await.unwrap(), 9);
        println!("{:?}", r.run(boom, 1).await);
        assert_eq!(r.run_async(slow, 8).await.unwrap(), 9);
        let b = LoadBalancer::spawn(3).await.unwrap();
        let tasks: Vec<_> = (0..100).map(|i| b.run_async(slow, i)).collect();
        for (i, t) in tasks.into_iter().enumerate() {
            assert_eq!(t.await.unwrap(), i as u32 + 1);
        }
        b.close().await.unwrap();
        r.close().await.unwrap();
        let mut port = ReceivePort::<u32>::new();
        let s = port.send_port();
        let iso = Isolate::spawn(
            move |n: u32| {
                for i in 0..n {
                    s.send(i).unwrap();
                }
            },
            3,
        )
        .await
        .unwrap();
        assert_eq!(port.next().await, Some(0));
        assert_eq!(port.next().await, Some(1));
        println!("{iso:?}");
        assert_eq!(Isolate::run(|| 5).await.unwrap(), 5);
        println!(
            "{:?}",
            Isolate::run(|| {
                Isolate::current().kill(Priority::Immediate);
                5
            })
            .await
        );
        assert_eq!(
            Isolate::run(|| {
                Isolate::current().kill(Priority::BeforeNextEvent);
                5
            })
            .await,
            Ok(5)
        );
        println!(
            "{:?}",
            Isolate::run_async(|| async {
                std::future::pending::<()>().await;
                5
            })
            .await
        );
        3
    });
    assert_eq!(r, 3);
    assert_eq!(Isolate::run(|| 5).wait().unwrap(), 5);
}
