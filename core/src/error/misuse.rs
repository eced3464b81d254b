//! What an operation refuses before it begins: [`Unsupported`], [`OutOfRange`], [`AlreadyMaterialized`].

use std::fmt;

/// An operation that this platform does not have.
///
/// ```
/// # insula::main(async || {
/// let port = insula::ReceivePort::new();
/// match insula::Isolate::exit(&port.send_port(), 7) {
///     Err(insula::error::ExitError::Unsupported(error, message)) => {
///         assert_eq!((error.operation, message), ("Isolate::exit", 7)); // the host can't be left
///     }
///     Err(error) => panic!("{error}"),
/// }
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The operation, as it is called.
    pub operation: &'static str,
    /// Why, and the portable way.
    pub reason: &'static str,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not supported here: {}",
            self.operation, self.reason
        )
    }
}

impl std::error::Error for Unsupported {}

/// A number that an operation does not take.
///
/// ```
/// # insula::main(async || {
/// let balancer = insula::LoadBalancer::spawn(2).await?;
/// let error = balancer.on(3).run(|n: u32| n, 1).unwrap_err();
/// assert_eq!((error.given, error.most), (3, 2));
/// assert_eq!(error.to_string(), "the number of runners is 3, which is not between 1 and 2");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`RangeError`](https://api.dart.dev/dart-core/RangeError-class.html).
#[doc(alias = "RangeError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutOfRange {
    /// What the number says.
    pub what: &'static str,
    /// The number.
    pub given: usize,
    /// The largest that there could be; the smallest is 1.
    pub most: usize,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, given, most } = self;
        write!(f, "{what} is {given}, which is not between 1 and {most}")
    }
}

impl std::error::Error for OutOfRange {}

/// The bytes were transferred or materialized already.
///
/// ```
/// let data = insula::TransferableTypedData::from_slices(&[b"once"]);
/// data.clone().materialize().unwrap();
/// let error: insula::error::AlreadyMaterialized = data.materialize().unwrap_err();
/// assert_eq!(error.to_string(), "attempt to materialize data that was transferred already");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadyMaterialized;

impl fmt::Display for AlreadyMaterialized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attempt to materialize data that was transferred already")
    }
}

impl std::error::Error for AlreadyMaterialized {}
