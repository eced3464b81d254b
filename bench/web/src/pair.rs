//! [`Pair`]: the page and one worker that talk.

use futures_util::future::try_join_all;
use insula::{IsolateRunner, Priority, ReceivePort, SendPort, TransferableTypedData};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use wasm_bindgen::prelude::*;

use crate::{echo, expect, told};

#[derive(Serialize, Deserialize)]
enum Work {
    Echo(u32, SendPort<u32>),
    Count(u32),
    Say(u32, SendPort<u32>),
}

async fn work(ready: SendPort<SendPort<Work>>) {
    let mut works = ReceivePort::new();
    let _ = ready.send(works.send_port());
    let mut sum = 0_u32;
    while let Some(work) = works.next().await {
        match work {
            Work::Echo(number, reply) => drop(reply.send(number)),
            Work::Count(number) => sum = sum.wrapping_add(number),
            Work::Say(count, to) => (0..count).for_each(|number| drop(to.send(number))),
        }
    }
}

fn numbers(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

fn buffer(bytes: ByteBuf) -> ByteBuf {
    bytes
}

fn transferable(bytes: TransferableTypedData) -> TransferableTypedData {
    bytes
}

/// The page and one worker.
#[wasm_bindgen]
pub struct Pair {
    runner: IsolateRunner,
    works: SendPort<Work>,
}

#[wasm_bindgen]
impl Pair {
    /// Starts the worker.
    pub async fn start() -> Result<Self, JsError> {
        let runner = IsolateRunner::spawn().await.map_err(told)?;
        let mut ready = ReceivePort::new();
        drop(runner.run_async(work, ready.send_port()));
        let works = ready
            .next()
            .await
            .ok_or_else(|| JsError::new("the worker has gone"))?;
        Ok(Self { runner, works })
    }

    /// Round trips, one after the other, as jobs.
    #[wasm_bindgen(js_name = jobTrips)]
    pub async fn job_trips(&self, count: u32) -> Result<(), JsError> {
        for number in 0..count {
            expect(self.runner.run(echo, number).await.map_err(told)?, number)?;
        }
        Ok(())
    }

    /// Round trips, one after the other, between ports.
    #[wasm_bindgen(js_name = portTrips)]
    pub async fn port_trips(&self, count: u32) -> Result<(), JsError> {
        let mut answers = ReceivePort::new();
        for number in 0..count {
            let work = Work::Echo(number, answers.send_port());
            self.works.send(work).map_err(told)?;
            expect(answers.next().await, Some(number))?;
        }
        Ok(())
    }

    /// Jobs that are all there at once.
    #[wasm_bindgen(js_name = jobsAtOnce)]
    pub async fn jobs_at_once(&self, count: u32) -> Result<(), JsError> {
        let jobs = (0..count).map(|number| self.runner.run(echo, number));
        let answers = try_join_all(jobs).await.map_err(told)?;
        expect(answers.len() as u32, count)
    }

    /// Messages that are all there at once, each with its answer.
    #[wasm_bindgen(js_name = messagesAtOnce)]
    pub async fn messages_at_once(&self, count: u32) -> Result<(), JsError> {
        let mut answers = ReceivePort::new();
        for number in 0..count {
            let work = Work::Echo(number, answers.send_port());
            self.works.send(work).map_err(told)?;
        }
        for number in 0..count {
            expect(answers.next().await, Some(number))?;
        }
        Ok(())
    }

    /// Messages to the worker, and one answer after the last.
    #[wasm_bindgen(js_name = oneWay)]
    pub async fn one_way(&self, count: u32) -> Result<(), JsError> {
        for number in 0..count {
            self.works.send(Work::Count(number)).map_err(told)?;
        }
        self.port_trips(1).await
    }

    /// Messages from the worker, which are asked for by one.
    #[wasm_bindgen(js_name = oneWayBack)]
    pub async fn one_way_back(&self, count: u32) -> Result<(), JsError> {
        let mut said = ReceivePort::new();
        let work = Work::Say(count, said.send_port());
        self.works.send(work).map_err(told)?;
        for number in 0..count {
            expect(said.next().await, Some(number))?;
        }
        Ok(())
    }

    /// `size` bytes there and back, as a `Vec<u8>`.
    #[wasm_bindgen(js_name = vecTrips)]
    pub async fn vec_trips(&self, size: usize, count: u32) -> Result<(), JsError> {
        let mut bytes = vec![7; size];
        for _ in 0..count {
            bytes = self.runner.run(numbers, bytes).await.map_err(told)?;
        }
        expect(bytes.len(), size)
    }

    /// As `vecTrips`, as `serde_bytes` says it.
    #[wasm_bindgen(js_name = byteBufTrips)]
    pub async fn byte_buf_trips(&self, size: usize, count: u32) -> Result<(), JsError> {
        let mut bytes = ByteBuf::from(vec![7; size]);
        for _ in 0..count {
            bytes = self.runner.run(buffer, bytes).await.map_err(told)?;
        }
        expect(bytes.len(), size)
    }

    /// As `vecTrips`, as `TransferableTypedData`. Each trip has the bytes in the memory of the page's module.
    #[wasm_bindgen(js_name = transferableTrips)]
    pub async fn transferable_trips(&self, size: usize, count: u32) -> Result<(), JsError> {
        let mut bytes = vec![7_u8; size];
        for _ in 0..count {
            let data = TransferableTypedData::from_slices(&[&bytes]);
            let data = self.runner.run(transferable, data).await.map_err(told)?;
            bytes = data.materialize().map_err(told)?;
        }
        expect(bytes.len(), size)
    }

    /// Ends the worker.
    pub fn end(self) {
        self.runner.isolate().kill(Priority::Immediate);
    }
}
