//! Whatever comes: no panic, bounded work, and nothing restored that was not seen to verify.
