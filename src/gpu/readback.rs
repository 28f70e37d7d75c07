//! Results on their way back: a ring of staging buffers that no frame waits for, and a future for a callback.

use super::device::{Device, DeviceError};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// Staging buffers kept for later frames; more frames in flight make more buffers for a while.
const KEPT: usize = 3;

/// Staging buffers of one size, reused when their words were read.
pub(super) struct Ring {
    bytes: u64,
    free: Mutex<Vec<wgpu::Buffer>>,
}

impl Ring {
    /// A ring of buffers of so many bytes (a multiple of four, at least four).
    pub fn new(bytes: u64) -> Self {
        Ring { bytes, free: Mutex::default() }
    }

    /// A buffer that nobody else uses, unmapped.
    pub fn take(&self, device: &Device) -> wgpu::Buffer {
        let free = lock(&self.free).pop();
        free.unwrap_or_else(|| {
            device.wgpu.create_buffer(&wgpu::BufferDescriptor {
                label: Some("readback"),
                size: self.bytes,
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            })
        })
    }

    /// Maps a buffer that a submitted encoder copies into, hands its words to `read` and puts it back.
    /// Natively the wait is a poll of the device, in the browser the event loop goes on meanwhile.
    pub async fn read<T>(
        &self,
        device: &Device,
        buffer: wgpu::Buffer,
        submission: wgpu::SubmissionIndex,
        read: impl FnOnce(&[u32]) -> T,
    ) -> Result<T, DeviceError> {
        let (done, mapped) = reply();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| done.send(result.is_ok()));
        let wait = wgpu::PollType::Wait { submission_index: Some(submission), timeout: None };
        let polled = device.wgpu.poll(wait);
        device.trouble()?;
        if let Err(error) = polled {
            return Err(DeviceError::Lost(format!("waiting for a frame: {error}; open the device again")));
        }
        let is_mapped = mapped.await == Some(true);
        // It may be lost between the two; what the driver says then is for its own makers.
        let view = is_mapped.then(|| buffer.get_mapped_range(..).ok()).flatten();
        let value = {
            let Some(view) = view else {
                device.trouble()?;
                return Err(DeviceError::Lost("results could not be read back; open the device again".to_string()));
            };
            match bytemuck::try_cast_slice(&view) {
                Ok(words) => read(words),
                Err(_) => read(&bytemuck::pod_collect_to_vec::<u8, u32>(&view)),
            }
        };
        buffer.unmap();
        let mut free = lock(&self.free);
        if free.len() < KEPT {
            free.push(buffer);
        } else {
            buffer.destroy();
        }
        drop(free);
        device.trouble()?;
        Ok(value)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        lock(&self.free).iter().for_each(wgpu::Buffer::destroy);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

struct Shared<T> {
    value: Option<T>,
    gone: bool,
    waker: Option<Waker>,
}

/// The end a callback answers on.
struct Sender<T>(Arc<Mutex<Shared<T>>>);
/// The end that waits; `None` if the callback was dropped without an answer.
struct Reply<T>(Arc<Mutex<Shared<T>>>);

fn reply<T>() -> (Sender<T>, Reply<T>) {
    let shared = Arc::new(Mutex::new(Shared { value: None, gone: false, waker: None }));
    (Sender(shared.clone()), Reply(shared))
}

impl<T> Sender<T> {
    fn send(self, value: T) {
        lock(&self.0).value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut shared = lock(&self.0);
            shared.gone = true;
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Reply<T> {
    type Output = Option<T>;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut shared = lock(&self.0);
        if shared.gone {
            return Poll::Ready(shared.value.take());
        }
        shared.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
