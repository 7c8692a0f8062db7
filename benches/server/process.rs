//! Processor time of a program, its children included, those that are gone too.

use std::collections::HashMap;
use std::time::Duration;

/// Ticks of the kernel in a second, the same on every Linux that Rust runs on.
const TICKS: u64 = 100;

/// Time in user and kernel mode of the process and everything below it.
pub(crate) fn processor_time(pid: u32) -> Duration {
    let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut ticks: HashMap<u32, u64> = HashMap::new();
    for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // it may be gone by now
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // the name of the program may have blanks, and ends at the last parenthesis
        let Some((_, numbers)) = stat.rsplit_once(')') else { continue };
        let numbers: Vec<&str> = numbers.split_whitespace().collect();
        // proc(5): state, parent, …; utime, stime, cutime and cstime are numbers 14 to 17 of the line
        let number = |index: usize| numbers.get(index).and_then(|text| text.parse::<u64>().ok());
        let parent = numbers.get(1).and_then(|text| text.parse().ok()).unwrap_or_default();
        parents.entry(parent).or_default().push(pid);
        ticks.insert(pid, (11..15).filter_map(number).sum());
    }
    let (mut sum, mut open) = (0, vec![pid]);
    while let Some(pid) = open.pop() {
        sum += ticks.get(&pid).copied().unwrap_or_default();
        open.extend(parents.get(&pid).into_iter().flatten());
    }
    Duration::from_millis(sum * 1000 / TICKS)
}
