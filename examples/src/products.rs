//! products: small documents are parsed where they are, large ones on an isolate: below some size the
//! way there and back costs more than the work.

use insula::{TaskError, compute};
use serde::{Deserialize, Serialize};

use crate::{documents::Unreadable, programs::Outcome, report::thousands};

/// From this many bytes on, a document is parsed on an isolate.
pub const THRESHOLD: usize = 100 * 1024;

/// One product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// The number.
    pub id: u32,
    /// What it is called.
    pub title: String,
    /// In cents.
    pub price: u32,
}

/// `count` products as JSON.
#[must_use]
pub fn products_json(count: u32) -> String {
    let products: Vec<_> = (0..count)
        .map(|id| Product {
            id,
            title: format!("product {id}"),
            price: id * 7 % 1000,
        })
        .collect();
    serde_json::to_string(&products).unwrap_or_default()
}

/// Parses a list of products.
///
/// # Errors
/// It is not JSON, or not of products.
pub fn parse(json: String) -> Result<Vec<Product>, Unreadable> {
    serde_json::from_str(&json).map_err(|error| Unreadable(error.to_string()))
}

/// Whether a document of this size is parsed on an isolate.
#[must_use]
pub fn goes_to_an_isolate(json: &str) -> bool {
    json.len() >= THRESHOLD
}

/// Parses a list of products here or on an isolate, by its size.
///
/// # Errors
/// The isolate did not start.
pub async fn load(json: String) -> Result<Result<Vec<Product>, Unreadable>, TaskError> {
    if goes_to_an_isolate(&json) {
        compute(parse, json).await
    } else {
        Ok(parse(json))
    }
}

/// The program: 100 products, and 100,000.
///
/// # Errors
/// As [`load`].
pub async fn program() -> Outcome {
    let mut loaded = Vec::new();
    for count in [100, 100_000] {
        let json = compute(products_json, count).await?;
        let size = if goes_to_an_isolate(&json) {
            "large"
        } else {
            "small"
        };
        let bytes = thousands(json.len());
        let products = thousands(load(json).await??.len());
        loaded.push(format!("{products} from {bytes} bytes ({size})"));
    }
    Ok(loaded.join(", "))
}
