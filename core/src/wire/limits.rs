//! What bounds a message.

/// How many bytes a message may take: 1 GiB where addresses have 32 bits, and elsewhere as many as
/// there is memory for.
///
/// It is half of what one buffer can hold, so that a buffer that is too small can be doubled.
pub const MAX_BYTES: usize = isize::MAX as usize / 2 + 1;

/// How deep the values of a message may be nested: each struct, tuple, enum, sequence, map, `Some`
/// and newtype is one level, so a linked list of `Option<Box<Node>>` has two a node.
///
/// A stack overflow can't be caught. Without optimization a level takes up to about 2 KiB of stack,
/// and the smallest stack in use is a WebAssembly module's, 1 MiB; this leaves half of it to the
/// program.
pub const MAX_DEPTH: usize = 256;

/// How many elements of sequences and maps may take no byte, such as the `()` of a `Vec<()>`, in a
/// whole message.
///
/// Every other element is paid for by at least a byte that was really sent. These are free, so that
/// a few bytes could ask for 2⁶⁴ of them; 65,536 are read in well under a millisecond.
pub const MAX_ZERO_SIZED: usize = 1 << 16;
