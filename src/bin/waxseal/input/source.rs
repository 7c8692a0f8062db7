//! Octets that can be read at any place and more than once, without being held in memory.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::Path;

/// How much of a stream stays in memory before it goes to a temporary file.
const SPOOLED_IN_MEMORY: usize = 2 * 1024 * 1024;

/// A file, or a stream that was read to its end.
#[derive(Debug)]
pub(super) struct Source {
    content: Content,
    len: u64,
}

#[derive(Debug)]
enum Content {
    Memory(Vec<u8>),
    File(File),
}

impl Source {
    /// Opens a file. A pipe, a device and the like are read to their end first.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if is_sized(&metadata) {
            return Ok(Self { content: Content::File(file), len: metadata.len() });
        }
        Self::spool(file)
    }

    /// Reads a stream to its end, into a temporary file without a name when it is long.
    pub(super) fn spool(mut stream: impl Read) -> io::Result<Self> {
        let mut memory = Vec::new();
        let limit = u64::try_from(SPOOLED_IN_MEMORY).unwrap_or(u64::MAX);
        stream.by_ref().take(limit).read_to_end(&mut memory)?;
        if memory.len() < SPOOLED_IN_MEMORY {
            let len = u64::try_from(memory.len()).unwrap_or(u64::MAX);
            return Ok(Self { content: Content::Memory(memory), len });
        }
        let mut file = tempfile::tempfile().map_err(|error| {
            let place = std::env::temp_dir();
            let text = format!("no temporary file in {} to hold it: {error}", place.display());
            io::Error::new(error.kind(), text)
        })?;
        file.write_all(&memory)?;
        let len = limit + io::copy(&mut stream, &mut file)?;
        Ok(Self { content: Content::File(file), len })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from `offset` on; fewer octets only at the end.
    pub(super) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.read_some_at(at, rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The first octets, so many at most, of the first line.
    pub(super) fn head(&self, octets: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; octets];
        let count = self.read_at(0, &mut head)?;
        head.truncate(count);
        let line = memchr::memchr(b'\n', &head).unwrap_or(head.len());
        head.truncate(line);
        Ok(head)
    }

    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.content {
            Content::Memory(octets) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                octets.get(from..).unwrap_or_default().read(buffer)
            }
            Content::File(file) => read_file_at(file, offset, buffer),
        }
    }
}

/// Whether the length in the metadata is that of the content: files under /proc claim 0.
fn is_sized(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.len() > 0
}

#[cfg(unix)]
fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_stream_is_read_back_from_a_file() {
        let octets: Vec<u8> = (0..SPOOLED_IN_MEMORY + 7).map(|n| (n % 251) as u8).collect();
        let source = Source::spool(octets.as_slice()).unwrap();
        assert!(matches!(source.content, Content::File(_)));
        assert_eq!(source.len(), octets.len() as u64);
        let mut tail = [0; 100];
        let count = source.read_at(source.len() - 50, &mut tail).unwrap();
        assert_eq!(tail[..count], octets[octets.len() - 50..]);
    }

    #[test]
    fn a_short_stream_stays_in_memory() {
        let source = Source::spool(&b"From x"[..]).unwrap();
        assert!(matches!(source.content, Content::Memory(_)));
        assert_eq!(source.head(5).unwrap(), b"From ");
        assert_eq!(source.head(50).unwrap(), b"From x");
        assert_eq!(source.read_at(99, &mut [0; 4]).unwrap(), 0);
    }
}
