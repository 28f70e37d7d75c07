//! Prepares tapes: pipelines, parameters, memory and bind groups, all made once.

use super::device::{Buffers, Device, DeviceError};
use super::plan::{Dispatch, Plan, Slots};
use super::readback::Ring;
use super::shaders::source;
use crate::memory::MemoryPlan;
use crate::op::{Bind, DeviceTraits, Kernel, Packing, Shapes, Tile};
use crate::params::{Param, Values};
use crate::tape::{Step, Tape};
use crate::tensor::TensorId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

/// Compiles for one device. Pipelines and parameters stay with it, so a tape for another picture size
/// compiles and uploads nothing.
pub struct Engine {
    device: Arc<Device>,
    traits: Mutex<DeviceTraits>,
    pipelines: Mutex<HashMap<PipelineKey, Pipeline>>,
    params: Mutex<HashMap<(String, Packing), Upload>>,
}

/// What makes a pipeline another one: the shader, its constants, and which bindings it writes.
type PipelineKey = (&'static str, Vec<(&'static str, u32)>, Vec<bool>);

#[derive(Clone)]
struct Pipeline {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

struct Upload {
    param: Arc<Param>,
    buffer: wgpu::Buffer,
}

/// Buffers are bound in whole `vec4`s: what lies behind a tensor's last word is never live.
fn bytes(words: usize) -> u64 {
    (words as u64 * 4).next_multiple_of(16).max(16)
}

impl Engine {
    /// An engine on this device.
    pub fn new(device: Arc<Device>) -> Self {
        let traits = device.traits().clone();
        Engine::with_traits(device, traits)
    }

    /// An engine whose kernels are chosen as for a device with these traits; so tests reach every variant.
    pub fn with_traits(device: Arc<Device>, traits: DeviceTraits) -> Self {
        Engine { device, traits: Mutex::new(traits), pipelines: Mutex::default(), params: Mutex::default() }
    }

    /// How the matrix products of plans prepared from now on are cut.
    pub fn tile(&self) -> Tile {
        lock(&self.traits).tile
    }

    /// Cuts the matrix products of plans prepared from now on like this. Parameters lie the same way for every cut.
    pub fn use_tile(&self, tile: Tile) {
        lock(&self.traits).tile = tile;
    }

    /// The device it compiles for.
    pub fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// Bytes of the parameters uploaded so far.
    pub fn bytes(&self) -> u64 {
        lock(&self.params).values().map(|upload| upload.buffer.size()).sum()
    }

    /// Compiles, uploads and plans a pruned tape.
    ///
    /// # Errors
    /// A tensor or parameter beyond the device's limits, too little memory, or a lost device.
    pub async fn prepare(&self, tape: Arc<Tape>) -> Result<Plan, DeviceError> {
        self.device.trouble()?;
        let plan = self.device.catching("preparing the network", || self.build(tape)).await?;
        self.device.trouble()?;
        Ok(plan)
    }

    fn build(&self, tape: Arc<Tape>) -> Result<Plan, DeviceError> {
        let memory = MemoryPlan::new(&tape);
        self.check_tensors(&tape, &memory)?;
        let kernels: Vec<Vec<Kernel>> =
            tape.steps.iter().map(|step| self.kernels(&tape, step)).collect::<Result<_, _>>()?;
        let slots = Buffers(memory.sizes.iter().map(|&words| self.storage("slot", bytes(words))).collect());

        let mut scratch_words: BTreeMap<usize, usize> = BTreeMap::new();
        for bind in kernels.iter().flatten().flat_map(|k| &k.binds) {
            if let Bind::Scratch(i, words) = bind {
                let most = scratch_words.entry(*i).or_default();
                *most = (*most).max(*words);
            }
        }
        if let Some((_, &words)) = scratch_words.iter().find(|(_, words)| bytes(**words) > self.largest_binding()) {
            return Err(self.too_large("scratch memory of a step", bytes(words)));
        }
        let mut scratch: BTreeMap<usize, wgpu::Buffer> = BTreeMap::new();
        scratch.extend(scratch_words.iter().map(|(&i, &words)| (i, self.storage("scratch", bytes(words)))));

        let one = self.storage("one", 16);
        self.device.queue.write_buffer(&one, 0, bytemuck::cast_slice(&[1u32, 0, 0, 0]));
        let args = self.args(&kernels);
        let others = Buffers(scratch.values().chain([&one, &args]).cloned().collect());
        let slot_of = |id: TensorId| memory.slot(id).and_then(|s| slots.0.get(s));

        let mut dispatches = Vec::new();
        let mut next_args = 0;
        for (s, (step, kernels)) in tape.steps.iter().zip(&kernels).enumerate() {
            let counted = step.outputs.iter().any(|&id| tape.tensor(id).counted.is_some());
            for kernel in kernels {
                let offset = next_args;
                next_args += self.args_stride(kernel);
                if kernel.groups.contains(&0) {
                    continue;
                }
                let most = self.device.limits.max_compute_workgroups_per_dimension;
                if let Some(&groups) = kernel.groups.iter().find(|&&g| g > most) {
                    return Err(DeviceError::TooLarge(format!(
                        "{} asks for {groups} workgroups in a row, the limit is {most}; use a smaller picture",
                        name_of(step)
                    )));
                }
                let Pipeline { pipeline, layout } = self.pipeline(kernel)?;
                let mut buffers: Vec<(wgpu::Buffer, u64)> = Vec::with_capacity(kernel.binds.len());
                for &bind in &kernel.binds {
                    let missing = || DeviceError::Failed(format!("{}: {bind:?} is bound to nothing", name_of(step)));
                    let tensor = |ids: &[TensorId], i: usize| {
                        let &id = ids.get(i).ok_or_else(missing)?;
                        let buffer = slot_of(id).ok_or_else(missing)?;
                        Ok::<_, DeviceError>((buffer.clone(), bytes(tape.tensor(id).len())))
                    };
                    buffers.push(match bind {
                        Bind::Input(i) => tensor(&step.inputs, i)?,
                        Bind::Output(i) => tensor(&step.outputs, i)?,
                        Bind::Param(i, packing) => {
                            let params = step.op.params();
                            let buffer = self.param(params.get(i).ok_or_else(missing)?, packing)?;
                            let size = buffer.size();
                            (buffer, size)
                        }
                        Bind::Scratch(i, words) | Bind::Filled(i, words) => {
                            (scratch.get(&i).ok_or_else(missing)?.clone(), bytes(words))
                        }
                        Bind::Count if !counted => (one.clone(), 16),
                        Bind::Count => {
                            let count = tape.count.and_then(slot_of).ok_or_else(missing)?;
                            (count.clone(), 16)
                        }
                    });
                }
                let mut entries = vec![entry(0, &args, offset, self.args_stride(kernel))];
                for (i, (buffer, size)) in buffers.iter().enumerate() {
                    entries.push(entry(i as u32 + 1, buffer, 0, *size));
                }
                let group = self.device.wgpu.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(kernel.shader),
                    layout: &layout,
                    entries: &entries,
                });
                dispatches.push(Dispatch { step: s, pipeline, group, groups: kernel.groups });
            }
        }

        let readback = Plan::readback_bytes(&tape);
        let size = |buffers: &mut dyn Iterator<Item = &wgpu::Buffer>| buffers.map(wgpu::Buffer::size).sum::<u64>();
        let bytes = size(&mut slots.0.iter()) + size(&mut others.0.iter());
        let slots = Slots { buffers: slots, _others: others, memory, bytes: bytes + readback };
        Ok(Plan::new(self.device.clone(), tape, slots, dispatches, Ring::new(readback)))
    }

    fn kernels(&self, tape: &Tape, step: &Step) -> Result<Vec<Kernel>, DeviceError> {
        let tensors = |ids: &[TensorId]| ids.iter().map(|&id| tape.tensor(id)).collect();
        let traits = lock(&self.traits);
        let shapes = Shapes { inputs: tensors(&step.inputs), outputs: tensors(&step.outputs), device: &traits };
        step.op.kernels(&shapes).map_err(|e| DeviceError::Input(format!("{}: {e}", name_of(step))))
    }

    fn largest_binding(&self) -> u64 {
        let limits = &self.device.limits;
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    fn too_large(&self, what: &str, bytes: u64) -> DeviceError {
        DeviceError::TooLarge(format!(
            "{what} takes {bytes} bytes, this device binds {} at most; use a smaller picture or model, or the cpu engine",
            self.largest_binding()
        ))
    }

    fn check_tensors(&self, tape: &Tape, memory: &MemoryPlan) -> Result<(), DeviceError> {
        for step in &tape.steps {
            for &id in step.inputs.iter().chain(&step.outputs) {
                let tensor = tape.tensor(id);
                if memory.slot(id).is_some() && bytes(tensor.len()) > self.largest_binding() {
                    let what = format!("the tensor {:?} of {}", tensor.shape, name_of(step));
                    return Err(self.too_large(&what, bytes(tensor.len())));
                }
            }
        }
        let readback = Plan::readback_bytes(tape);
        if readback > self.device.limits.max_buffer_size {
            return Err(DeviceError::TooLarge(format!(
                "the results and taps asked for take {readback} bytes, a buffer holds {} at most; ask for fewer taps",
                self.device.limits.max_buffer_size
            )));
        }
        Ok(())
    }

    fn storage(&self, label: &str, size: u64) -> wgpu::Buffer {
        self.device.wgpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        })
    }

    /// Room of a kernel's `Args` in the uniform buffer.
    fn args_stride(&self, kernel: &Kernel) -> u64 {
        let align = u64::from(self.device.limits.min_uniform_buffer_offset_alignment.max(16));
        bytes(kernel.args.len()).next_multiple_of(align)
    }

    /// The `Args` of all kernels in one uniform buffer.
    fn args(&self, kernels: &[Vec<Kernel>]) -> wgpu::Buffer {
        let mut words: Vec<u32> = Vec::new();
        for kernel in kernels.iter().flatten() {
            let start = words.len();
            words.extend(&kernel.args);
            words.resize(start + self.args_stride(kernel) as usize / 4, 0);
        }
        words.resize(words.len().max(4), 0);
        let buffer = self.device.wgpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some("args"),
            size: words.len() as u64 * 4,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.device.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&words));
        buffer
    }

    fn pipeline(&self, kernel: &Kernel) -> Result<Pipeline, DeviceError> {
        let writes: Vec<bool> = kernel.binds.iter().map(|b| matches!(b, Bind::Output(_) | Bind::Scratch(..))).collect();
        let key = (kernel.shader, kernel.consts.clone(), writes);
        let mut pipelines = lock(&self.pipelines);
        if let Some(pipeline) = pipelines.get(&key) {
            return Ok(pipeline.clone());
        }
        let text =
            source(kernel).ok_or_else(|| DeviceError::Failed(format!("there is no shader named {}", kernel.shader)))?;
        let wgpu = &self.device.wgpu;
        let module = wgpu.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kernel.shader),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let uniform = wgpu::BufferBindingType::Uniform;
        let types = key.2.iter().map(|&written| wgpu::BufferBindingType::Storage { read_only: !written });
        let entries: Vec<wgpu::BindGroupLayoutEntry> = std::iter::once(uniform)
            .chain(types)
            .enumerate()
            .map(|(i, ty)| wgpu::BindGroupLayoutEntry {
                binding: i as u32,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                count: None,
            })
            .collect();
        let layout = wgpu.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(kernel.shader),
            entries: &entries,
        });
        let pipeline_layout = wgpu.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.shader),
            bind_group_layouts: &[Some(&layout)],
            ..Default::default()
        });
        let pipeline = wgpu.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.shader),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        let made = Pipeline { pipeline, layout };
        pipelines.insert(key, made.clone());
        Ok(made)
    }

    fn param(&self, param: &Arc<Param>, packing: Packing) -> Result<wgpu::Buffer, DeviceError> {
        let mut params = lock(&self.params);
        let key = (param.name.clone(), packing);
        if let Some(known) = params.get(&key) {
            // Another model may use the same name: then its numbers replace the old ones.
            if Arc::ptr_eq(&known.param, param)
                || (known.param.shape == param.shape && known.param.values() == param.values())
            {
                return Ok(known.buffer.clone());
            }
        }
        let words = pack(param, packing);
        let size = bytes(words.len());
        if size > self.largest_binding() {
            return Err(self.too_large(&format!("the parameter {} {:?}", param.name, param.shape), size));
        }
        let buffer = self.storage(&param.name, size);
        self.device.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&words));
        // What is no matrix has its numbers uploaded, or asked for, in other ways too.
        if packing == Packing::Matrix {
            param.let_go();
        }
        params.insert(key, Upload { param: param.clone(), buffer: buffer.clone() });
        Ok(buffer)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

fn name_of(step: &Step) -> String {
    format!("{} in {}", step.op.name(), step.block)
}

fn entry(binding: u32, buffer: &wgpu::Buffer, offset: u64, size: u64) -> wgpu::BindGroupEntry<'_> {
    let size = wgpu::BufferSize::new(size);
    wgpu::BindGroupEntry {
        binding,
        resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size }),
    }
}

/// Words of a parameter as the shaders read it; see [`Packing`].
fn pack(param: &Param, packing: Packing) -> Vec<u32> {
    if packing != Packing::Matrix {
        let scale = param.scale().filter(|_| packing == Packing::Scale);
        let values = scale.map_or_else(|| param.to_f32(), <[f32]>::to_vec);
        let mut words: Vec<u32> = values.iter().map(|x| x.to_bits()).collect();
        words.resize(words.len().next_multiple_of(4), 0);
        return words;
    }
    let columns = param.shape.last().copied().unwrap_or(1).max(1);
    let padded = columns.next_multiple_of(4);
    let rows = param.shape.iter().product::<usize>() / columns;
    let mut words = vec![0u32; 0];
    match &*param.values() {
        Values::F32(values) => {
            words.reserve(rows * padded);
            for row in values.chunks(columns) {
                words.extend(row.iter().map(|x| x.to_bits()));
                words.resize(words.len() + padded - columns, 0);
            }
        }
        Values::F16(values) => {
            words.reserve(rows * padded / 2);
            for row in values.chunks(columns) {
                let half = |i: usize| row.get(i).map_or(0, |x| u32::from(x.to_bits()));
                words.extend((0..padded / 2).map(|i| half(2 * i) | half(2 * i + 1) << 16));
            }
        }
        Values::I8(values) => {
            words.reserve(rows * padded / 4);
            for row in values.values.chunks(columns) {
                let byte = |i: usize| row.get(i).map_or(0, |x| u32::from(*x as u8));
                let word = |i: usize| (0..4).fold(0, |word, j| word | byte(4 * i + j) << (8 * j));
                words.extend((0..padded / 4).map(word));
            }
        }
    }
    words
}
