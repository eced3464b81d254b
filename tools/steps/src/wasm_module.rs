//! The functions of a wasm module, and their sizes.
//!
//! <https://webassembly.github.io/spec/core/binary/modules.html>, and its appendix on the section of names.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};

/// How a module begins.
const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;

/// Where the section of names has those of functions.
const FUNCTION_NAMES: u8 = 1;

/// A function of the module's own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) bytes: usize,
}

/// A module, read.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// What a browser needs of it.
    pub(crate) stripped: Vec<u8>,
    /// The largest first.
    pub(crate) functions: Vec<Function>,
}

impl Module {
    /// # Errors
    /// Where the bytes are no module.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let mut rest = Reader(
            bytes
                .strip_prefix(MAGIC)
                .context("it does not begin as a module does")?,
        );
        let mut stripped = MAGIC.to_vec();
        let (mut imported, mut sizes, mut names) = (0, Vec::new(), HashMap::new());
        while !rest.0.is_empty() {
            let before = rest.0;
            let id = rest.byte()?;
            let mut section = Reader(rest.counted()?);
            match id {
                CUSTOM => {
                    if section.counted()? == b"name" {
                        names = function_names(section)?;
                    }
                    continue;
                }
                IMPORT => imported = imported_functions(section)?,
                CODE => {
                    for _ in 0..section.number()? {
                        sizes.push(section.counted()?.len());
                    }
                }
                _ => {}
            }
            stripped.extend(&before[..before.len() - rest.0.len()]);
        }
        let mut functions: Vec<_> = sizes
            .into_iter()
            .enumerate()
            .map(|(at, bytes)| Function {
                name: names
                    .remove(&(imported + at))
                    .unwrap_or_else(|| format!("function {at}")),
                bytes,
            })
            .collect();
        functions.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        Ok(Self {
            stripped,
            functions,
        })
    }
}

/// How many functions come before the module's own in the order of their numbers.
fn imported_functions(mut section: Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.counted()?;
        section.counted()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            3 => {
                section.byte()?;
                section.byte()?;
            }
            4 => {
                section.byte()?;
                section.number()?;
            }
            kind => anyhow::bail!("an import of the unknown kind {kind}"),
        }
    }
    Ok(functions)
}

fn function_names(mut section: Reader<'_>) -> Result<HashMap<usize, String>> {
    let mut names = HashMap::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = Reader(section.counted()?);
        if id != FUNCTION_NAMES {
            continue;
        }
        for _ in 0..part.number()? {
            let number = part.number()?;
            let name = String::from_utf8_lossy(part.counted()?).into_owned();
            names.insert(number, name);
        }
    }
    Ok(names)
}

/// The bytes that are left.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let (byte, rest) = self.0.split_first().context("it ends too early")?;
        self.0 = rest;
        Ok(*byte)
    }

    /// A number in groups of seven bits, the lowest first.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for group in 0..5 {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << (7 * group);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        anyhow::bail!("a number of more than five bytes")
    }

    /// Bytes with their number before them.
    fn counted(&mut self) -> Result<&'a [u8]> {
        let count = self.number()?;
        ensure!(count <= self.0.len(), "it ends too early");
        let (counted, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(counted)
    }

    fn limits(&mut self) -> Result<()> {
        let has_most = self.byte()? & 1 != 0;
        self.number()?;
        if has_most {
            self.number()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[id, length], content].concat()
    }

    /// One imported function, two of its own, and their names.
    fn module() -> Vec<u8> {
        let import = b"\x02\x01m\x01f\x00\x00\x01m\x01t\x01\x70\x00\x00";
        let code = b"\x02\x02\x00\x0b\x03\x00\x01\x0b";
        let names = b"\x04name\x01\x0e\x03\x00\x01f\x01\x03one\x02\x03two";
        [
            MAGIC.to_vec(),
            section(IMPORT, import),
            section(CODE, code),
            section(CUSTOM, names),
        ]
        .concat()
    }

    #[test]
    fn functions_are_named_and_sorted_by_size() {
        let read = Module::read(&module()).unwrap();
        let functions: Vec<_> = read
            .functions
            .iter()
            .map(|function| (function.name.as_str(), function.bytes))
            .collect();
        assert_eq!(functions, [("two", 3), ("one", 2)]);
    }

    #[test]
    fn names_are_stripped_and_code_is_kept() {
        let module = module();
        let read = Module::read(&module).unwrap();
        assert_eq!(read.stripped, module[..read.stripped.len()]);
        assert_eq!(module.len() - read.stripped.len(), 2 + 21);
    }

    #[test]
    fn bytes_that_end_too_early_are_no_module() {
        let module = module();
        assert!(Module::read(&module[..module.len() - 1]).is_err());
        assert!(Module::read(b"text").is_err());
    }
}
