//! Milliseconds, natively and in wasm.

/// Milliseconds since some fixed moment.
#[cfg(not(target_arch = "wasm32"))]
pub fn now_ms() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds since some fixed moment: `performance.now()` of the page or worker, 0 where there is none.
#[cfg(target_arch = "wasm32")]
pub fn now_ms() -> f64 {
    use js_sys::{Function, Reflect, global};
    use wasm_bindgen::{JsCast, JsValue};
    let clock = Reflect::get(&global(), &JsValue::from_str("performance")).ok();
    let now = clock.as_ref().and_then(|c| Reflect::get(c, &JsValue::from_str("now")).ok());
    let now = now.and_then(|f| f.dyn_into::<Function>().ok());
    let ms = clock.zip(now).and_then(|(clock, now)| now.call0(&clock).ok());
    ms.and_then(|v| v.as_f64()).unwrap_or(0.0)
}
