//! products, anywhere.

use insula_examples::{
    products::{goes_to_an_isolate, parse, products_json},
    programs::Outcome,
    report::thousands,
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let mut loaded = Vec::new();
    for count in [100, 100_000] {
        let json = on.run(products_json, count).await?;
        let bytes = thousands(json.len());
        let (products, size) = if goes_to_an_isolate(&json) {
            (on.run(parse, json).await??, "large")
        } else {
            (parse(json)?, "small") // the way there would cost more
        };
        let products = thousands(products.len());
        loaded.push(format!("{products} from {bytes} bytes ({size})"));
    }
    Ok(loaded.join(", "))
}
