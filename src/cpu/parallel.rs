//! Work split over the cores natively; in wasm there is one.

/// Operations (multiply-accumulates, say) below which waking another core costs more than it brings.
pub(crate) const SMALL: usize = 1 << 18;

/// Cores that share the work.
pub(crate) fn cores() -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return rayon::current_num_threads();
    #[cfg(target_arch = "wasm32")]
    return 1;
}

/// Where the `i`-th of `parts` even shares of `n` begins. The product may pass 2^32, which is all that wasm's words hold: the largest
/// pictures have a million rows.
pub(crate) fn share(n: usize, i: usize, parts: usize) -> usize {
    (n as u64 * i as u64 / parts as u64) as usize
}

/// Runs the tasks `0..n`, on all cores where there are some and `work` operations are worth it.
pub(crate) fn for_each(n: usize, work: usize, task: impl Fn(usize) + Sync + Send) {
    #[cfg(not(target_arch = "wasm32"))]
    if n > 1 && work > SMALL && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        (0..n).into_par_iter().for_each(task);
        return;
    }
    let _ = work;
    (0..n).for_each(task);
}

/// Runs a task for each chunk of `len` numbers (the last may be shorter), with its index; see [`for_each`].
pub(crate) fn for_each_chunk<T: Send>(
    out: &mut [T],
    len: usize,
    work: usize,
    task: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    if len == 0 {
        return;
    }
    #[cfg(not(target_arch = "wasm32"))]
    if out.len() > len && work > SMALL && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        out.par_chunks_mut(len).enumerate().for_each(|(i, chunk)| task(i, chunk));
        return;
    }
    let _ = work;
    out.chunks_mut(len).enumerate().for_each(|(i, chunk)| task(i, chunk));
}
