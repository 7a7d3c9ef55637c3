//! Room for recursion.
//!
//! Trees nest as deep as their text does, up to the stated limits. What is
//! shallow runs where it is; what is deep runs on a thread whose stack holds
//! the deepest tree that passes the limits, so nothing overflows.

/// How deep a tree may nest before it is walked on a thread of its own.
const SHALLOW: usize = 48;
/// Enough for the deepest tree in an unoptimised build, several times over; pages that are not used cost nothing.
const DEEP_STACK: usize = 1 << 30;

/// Runs `work` where recursion `depth` levels deep fits.
pub(crate) fn with_stack<T: Send>(depth: usize, work: impl FnOnce() -> T + Send) -> T {
    if depth <= SHALLOW {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(value)) => value,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => panic!("no thread for a deeply nested protocol: {error}"),
        }
    })
}
