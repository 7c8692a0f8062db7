//! Where a message waits until it may go on: in memory, and past a limit in a file that no name leads
//! to, so that nothing is left of it whatever happens to us.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The octets of one message.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    length: u64,
}

impl Spool {
    /// Appends. Past `limit` octets everything is moved to a file in that folder.
    pub(crate) fn push(&mut self, octets: &[u8], limit: usize, folder: &Path) -> io::Result<()> {
        self.length += octets.len() as u64;
        if let Some(file) = &mut self.file {
            return file.write_all(octets);
        }
        if self.memory.len() + octets.len() <= limit {
            self.memory.extend_from_slice(octets);
            return Ok(());
        }
        let mut file = tempfile::tempfile_in(folder)?;
        file.write_all(&self.memory)?;
        file.write_all(octets)?;
        self.memory = Vec::new();
        self.file = Some(file);
        Ok(())
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Reads from there on. What is read is what was pushed, whole: a file that gives fewer octets is an
    /// error.
    pub(crate) fn reader(&mut self, from: u64) -> io::Result<SpoolReader<'_>> {
        match &mut self.file {
            Some(file) => {
                file.seek(SeekFrom::Start(from))?;
                Ok(SpoolReader::File {
                    file,
                    left: self.length.saturating_sub(from),
                    block: vec![0; 64 * 1024],
                })
            }
            None => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                Ok(SpoolReader::Memory(self.memory.get(from..).unwrap_or_default()))
            }
        }
    }
}

/// Reads a spool in pieces.
#[derive(Debug)]
pub(crate) enum SpoolReader<'a> {
    Memory(&'a [u8]),
    File { file: &'a mut File, left: u64, block: Vec<u8> },
}

impl SpoolReader<'_> {
    /// The next piece; empty at the end.
    pub(crate) fn next(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Memory(rest) => Ok(std::mem::take(rest)),
            Self::File { file, left, block } => {
                let want = usize::try_from(*left).unwrap_or(usize::MAX).min(block.len());
                if want == 0 {
                    return Ok(&[]);
                }
                let got = file.read(&mut block[..want])?;
                if got == 0 {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the spool file is cut off",
                    ));
                }
                *left -= got as u64;
                Ok(&block[..got])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        for limit in [0, 10, 1_000_000] {
            let mut spool = Spool::default();
            let mut all = Vec::new();
            for number in 0..20_000_u32 {
                let piece = number.to_be_bytes();
                spool.push(&piece, limit, folder.path()).unwrap();
                all.extend_from_slice(&piece);
            }
            assert_eq!(spool.length(), all.len() as u64);
            for from in [0, 7, all.len()] {
                let mut reader = spool.reader(from as u64).unwrap();
                let mut read = Vec::new();
                loop {
                    let piece = reader.next().unwrap();
                    if piece.is_empty() {
                        break;
                    }
                    read.extend_from_slice(piece);
                }
                assert_eq!(read, all[from..]);
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no name leads to it");
    }
}
