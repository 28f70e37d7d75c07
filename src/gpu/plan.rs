//! A prepared tape: writes inputs, encodes all dispatches, submits once, reads results back.

use super::device::{Buffers, Device, DeviceError};
use super::readback::Ring;
use crate::memory::MemoryPlan;
use crate::outputs::{Outputs, Value};
use crate::tape::Tape;
use crate::tensor::TensorId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One dispatch, ready to encode.
pub(super) struct Dispatch {
    /// The tape's step it belongs to.
    pub step: usize,
    pub pipeline: wgpu::ComputePipeline,
    pub group: wgpu::BindGroup,
    pub groups: [u32; 3],
}

/// The buffers tensors lie in.
pub(super) struct Slots {
    pub buffers: Buffers,
    /// What else the steps bind, scratch memory and arguments: only to be gone with the rest.
    pub _others: Buffers,
    pub memory: MemoryPlan,
    /// Of these and of everything else the plan holds, one staging buffer included.
    pub bytes: u64,
}

impl Slots {
    fn of(&self, id: TensorId) -> Option<&wgpu::Buffer> {
        self.buffers.0.get(self.memory.slot(id)?)
    }
}

/// A tape prepared for one device; runs frame after frame. Frames may overlap: each `run` encodes and
/// submits before it first waits, and holds nothing borrowed while it does.
pub struct Plan {
    device: Arc<Device>,
    tape: Arc<Tape>,
    slots: Slots,
    dispatches: Vec<Dispatch>,
    ring: Ring,
    timed: AtomicBool,
    timing: Option<Timing>,
}

/// Time stamps around each step, and their way back.
struct Timing {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    ring: Ring,
    period_ns: f64,
}

impl Drop for Timing {
    fn drop(&mut self) {
        self.queries.destroy();
        self.resolved.destroy();
    }
}

/// WebGPU's limit of queries in a set.
const MOST_QUERIES: usize = 4096;

impl Plan {
    pub(super) fn new(
        device: Arc<Device>,
        tape: Arc<Tape>,
        slots: Slots,
        dispatches: Vec<Dispatch>,
        ring: Ring,
    ) -> Self {
        let queries = tape.steps.len() * 2;
        let timing = (device.timestamps && (1..=MOST_QUERIES).contains(&queries)).then(|| Timing {
            queries: device.wgpu.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("steps"),
                ty: wgpu::QueryType::Timestamp,
                count: queries as u32,
            }),
            resolved: device.wgpu.create_buffer(&wgpu::BufferDescriptor {
                label: Some("step times"),
                size: queries as u64 * 8,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            ring: Ring::new(queries as u64 * 8),
            period_ns: f64::from(device.queue.get_timestamp_period()),
        });
        Plan { device, tape, slots, dispatches, ring, timed: AtomicBool::new(false), timing }
    }

    /// Asks for the milliseconds of each step in [`Outputs::step_ms`]; they stay away where the device has
    /// no time stamps. A timed frame takes longer: every step is a pass of its own.
    pub fn time_steps(&self, timed: bool) {
        self.timed.store(timed, Ordering::Relaxed);
    }

    /// The tape it runs.
    pub fn tape(&self) -> &Arc<Tape> {
        &self.tape
    }

    /// Where the tensors lie.
    pub fn memory(&self) -> &MemoryPlan {
        &self.slots.memory
    }

    /// Bytes of its buffers; parameters are the engine's.
    pub fn bytes(&self) -> u64 {
        self.slots.bytes
    }

    /// Dispatches of a frame.
    pub fn dispatches(&self) -> usize {
        self.dispatches.len()
    }

    /// Bytes that come back: the count, then every output at capacity.
    pub(super) fn readback_bytes(tape: &Tape) -> u64 {
        4 + tape.outputs.values().map(|&id| tape.tensor(id).len() as u64 * 4).sum::<u64>()
    }

    /// Runs the tape over these inputs, words of the tape's own input tensors by name.
    ///
    /// # Errors
    /// An input that is missing, unknown or of another size; a lost device.
    pub async fn run(&self, inputs: &[(&str, &[u32])]) -> Result<Outputs, DeviceError> {
        self.device.trouble()?;
        self.write_inputs(inputs)?;
        let timing = self.timing.as_ref().filter(|_| self.timed.load(Ordering::Relaxed));
        let mut encoder = self.device.wgpu.create_command_encoder(&Default::default());
        match timing {
            None => self.encode_frame(&mut encoder),
            Some(timing) => self.encode_timed(&mut encoder, timing),
        }
        let staging = self.ring.take(&self.device);
        self.copy_results(&mut encoder, &staging);
        let times = timing.map(|timing| {
            let bytes = timing.resolved.size();
            let staging = timing.ring.take(&self.device);
            encoder.resolve_query_set(&timing.queries, 0..timing.queries.count(), &timing.resolved, 0);
            encoder.copy_buffer_to_buffer(&timing.resolved, 0, &staging, 0, bytes);
            staging
        });
        let submission = self.device.queue.submit([encoder.finish()]);
        let mut outputs =
            self.ring.read(&self.device, staging, submission.clone(), |words| self.outputs(words)).await?;
        if let (Some(timing), Some(times)) = (timing, times) {
            let ms = timing.ring.read(&self.device, times, submission, |words| self.step_ms(timing, words)).await?;
            outputs.step_ms = Some(ms);
        }
        Ok(outputs)
    }

    fn write_inputs(&self, inputs: &[(&str, &[u32])]) -> Result<(), DeviceError> {
        let tape = &self.tape;
        if let Some((name, _)) = inputs.iter().find(|(name, _)| !tape.inputs.contains_key(*name)) {
            let known: Vec<&str> = tape.inputs.keys().map(String::as_str).collect();
            return Err(DeviceError::Input(format!("the tape has no input `{name}`; it has {}", known.join(", "))));
        }
        for (name, &id) in &tape.inputs {
            let tensor = tape.tensor(id);
            let Some((_, words)) = inputs.iter().find(|(given, _)| given == name) else {
                return Err(DeviceError::Input(format!("input `{name}` {:?} is missing", tensor.shape)));
            };
            if words.len() != tensor.len() {
                let (has, wants) = (words.len(), tensor.len());
                return Err(DeviceError::Input(format!(
                    "input `{name}` {:?} wants {wants} words, got {has}",
                    tensor.shape
                )));
            }
            if let Some(buffer) = self.slots.of(id).filter(|_| !words.is_empty()) {
                self.device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(words));
            }
        }
        Ok(())
    }

    fn encode_frame(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for dispatch in &self.dispatches {
            encode(&mut pass, dispatch);
        }
    }

    fn encode_timed(&self, encoder: &mut wgpu::CommandEncoder, timing: &Timing) {
        for step in 0..self.tape.steps.len() {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(self.tape.steps[step].op.name()),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &timing.queries,
                    beginning_of_pass_write_index: Some(step as u32 * 2),
                    end_of_pass_write_index: Some(step as u32 * 2 + 1),
                }),
            });
            for dispatch in self.dispatches.iter().filter(|d| d.step == step) {
                encode(&mut pass, dispatch);
            }
        }
    }

    fn copy_results(&self, encoder: &mut wgpu::CommandEncoder, staging: &wgpu::Buffer) {
        if let Some(count) = self.tape.count.and_then(|id| self.slots.of(id)) {
            encoder.copy_buffer_to_buffer(count, 0, staging, 0, 4);
        }
        let mut offset = 4;
        for &id in self.tape.outputs.values() {
            let size = self.tape.tensor(id).len() as u64 * 4;
            if let Some(buffer) = self.slots.of(id).filter(|_| size > 0) {
                encoder.copy_buffer_to_buffer(buffer, 0, staging, offset, size);
            }
            offset += size;
        }
    }

    fn outputs(&self, words: &[u32]) -> Outputs {
        let count = self.tape.count.and(words.first()).map(|&n| n as usize);
        let mut values = BTreeMap::new();
        let mut rest = words.get(1..).unwrap_or(&[]);
        for (name, &id) in &self.tape.outputs {
            let tensor = self.tape.tensor(id);
            let (own, after) = rest.split_at(tensor.len().min(rest.len()));
            rest = after;
            let shape = count.map_or_else(|| tensor.shape.clone(), |n| tensor.live_shape(n));
            let live = shape.iter().product::<usize>().min(own.len());
            values.insert(name.clone(), Value { shape, dtype: tensor.dtype, words: own[..live].to_vec() });
        }
        Outputs { values, count: count.unwrap_or(0), step_ms: None }
    }

    fn step_ms(&self, timing: &Timing, words: &[u32]) -> Vec<f64> {
        let stamp = |i: usize| u64::from(words[2 * i]) | u64::from(words[2 * i + 1]) << 32;
        (0..self.tape.steps.len())
            .map(|s| stamp(2 * s + 1).saturating_sub(stamp(2 * s)) as f64 * timing.period_ns / 1e6)
            .collect()
    }
}

fn encode(pass: &mut wgpu::ComputePass<'_>, dispatch: &Dispatch) {
    let [x, y, z] = dispatch.groups;
    pass.set_pipeline(&dispatch.pipeline);
    pass.set_bind_group(0, &dispatch.group, &[]);
    pass.dispatch_workgroups(x, y, z);
}
