//! N6: the photos of the demo, 20 MB of JSON, decoded away from the caller.

use std::{cell::RefCell, rc::Rc, time::Instant};

use insula::TransferableTypedData;
use insula_examples::photos;

use crate::{
    contest::{Row, Sample, Target, Unit},
    effort,
    machine::cpu_time,
};

fn document() -> Vec<u8> {
    photos::document(effort::either(photos::COUNT, 2_000), photos::SEED)
}

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(
            Unit::Time,
            "photos, 20 MB of JSON: the caller can't do anything else",
        )
        .measure(Unit::Time, "photos: until they are there")
        .rounds(10)
        .ours(
            "compute",
            &[Target::value(1e6), Target::ratio(1.05)],
            || {
                let document = Rc::new(document());
                Box::new(move || {
                    let document = TransferableTypedData::from_buffer(document.to_vec());
                    let measured = Rc::new(RefCell::new(None));
                    let (to, cpu) = (measured.clone(), cpu_time());
                    insula::block_on(async move {
                        *to.borrow_mut() =
                            Some(photos::measure(document, "bench", photos::native_clock).await);
                    });
                    let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
                    let measured = measured.take().expect("it has run");
                    let measured = measured.map_err(|error| error.to_string())?;
                    let total = measured.row.total_ms * 1e6;
                    Ok(Sample {
                        values: vec![measured.blocked.as_nanos() as f64, total],
                        cpu: Some(cpu),
                    })
                })
            },
        )
        .reference("decode on the caller", || {
            let document = document();
            Box::new(move || {
                let document = TransferableTypedData::from_buffer(document.clone());
                let (cpu, began) = (cpu_time(), Instant::now());
                let photos = photos::decode(document).map_err(|error| error.to_string())?;
                let took = began.elapsed().as_nanos() as f64;
                let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
                drop(photos);
                Ok(Sample {
                    values: vec![took, took],
                    cpu: Some(cpu),
                })
            })
        })
}
