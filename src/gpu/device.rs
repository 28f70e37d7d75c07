//! The adapter and its device: what was found, what it can do, and what went wrong with it.

use crate::op::{DeviceTraits, Tile};
use std::fmt;
use std::sync::{Arc, Mutex};

/// Why the GPU cannot be used. Every message says what was wrong and what to do.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceError {
    /// No usable adapter, or one that is too small for this program.
    Missing(String),
    /// This tape does not fit the device's limits.
    TooLarge(String),
    /// The device ran out of memory.
    OutOfMemory(String),
    /// The device went away (driver reset, adapter unplugged, tab in the background).
    Lost(String),
    /// An input that the tape does not know, or of another size.
    Input(String),
    /// The driver refused something that should have worked.
    Failed(String),
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceError::Missing(s) => write!(f, "no usable GPU: {s}"),
            DeviceError::TooLarge(s) => write!(f, "too large for this GPU: {s}"),
            DeviceError::OutOfMemory(s) => write!(f, "the GPU is out of memory: {s}"),
            DeviceError::Lost(s) => write!(f, "the GPU was lost: {s}"),
            DeviceError::Input(s) => write!(f, "wrong input: {s}"),
            DeviceError::Failed(s) => write!(f, "the GPU driver refused: {s}"),
        }
    }
}
impl std::error::Error for DeviceError {}

impl DeviceError {
    fn from_wgpu(error: &wgpu::Error, doing: &str) -> Self {
        match error {
            wgpu::Error::OutOfMemory { .. } => {
                DeviceError::OutOfMemory(format!("{doing}; use a smaller picture or model, or the cpu engine"))
            }
            other => DeviceError::Failed(format!("{doing}: {other}")),
        }
    }
}

/// What an adapter must offer at least: the WebGPU defaults that the shaders are written for.
const STORAGE_BUFFERS: u32 = 8;
const INVOCATIONS: u32 = 64;
const WORKGROUP_BYTES: u32 = 16384;

/// An open GPU device. Opened once, shared by engines.
pub struct Device {
    pub(super) wgpu: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// Limits of the adapter, all of them requested.
    pub(super) limits: wgpu::Limits,
    /// True if steps can be timed on the device.
    pub(super) timestamps: bool,
    traits: DeviceTraits,
    name: String,
    trouble: Arc<Mutex<Option<DeviceError>>>,
}

impl Device {
    /// Opens an adapter: the first whose name contains `wanted` (any case) or, without a wish, the one the
    /// system holds for the fastest; a discrete one where there is one.
    ///
    /// # Errors
    /// A sentence on what is missing: no adapter, too few storage buffers, too little memory per binding.
    pub async fn open(wanted: Option<&str>) -> Result<Arc<Device>, DeviceError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = match wanted {
            None => {
                let options = wgpu::RequestAdapterOptions {
                    power_preference: wgpu::PowerPreference::HighPerformance,
                    ..Default::default()
                };
                instance.request_adapter(&options).await.map_err(|_| {
                    DeviceError::Missing(if cfg!(target_arch = "wasm32") {
                        "this browser offers no WebGPU adapter; update it or its graphics driver, or switch WebGPU on"
                            .to_string()
                    } else {
                        "no Vulkan, Metal or DX12 driver was found; install one, or use the cpu engine".to_string()
                    })
                })?
            }
            Some(wanted) => {
                let all = instance.enumerate_adapters(wgpu::Backends::all()).await;
                let names: Vec<String> = all.iter().map(|a| a.get_info().name).collect();
                let wish = wanted.to_ascii_lowercase();
                let found = names.iter().position(|n| n.to_ascii_lowercase().contains(&wish));
                match found {
                    Some(i) => all[i].clone(),
                    None if names.is_empty() => {
                        return Err(DeviceError::Missing(format!("no adapter at all, so none named \"{wanted}\"")));
                    }
                    None => {
                        return Err(DeviceError::Missing(format!(
                            "no adapter named \"{wanted}\"; there is: {}",
                            names.join(", ")
                        )));
                    }
                }
            }
        };
        Self::from_adapter(&adapter).await.map(Arc::new)
    }

    async fn from_adapter(adapter: &wgpu::Adapter) -> Result<Device, DeviceError> {
        let info = adapter.get_info();
        let limits = adapter.limits();
        let name = match (info.name.is_empty(), info.driver_info.is_empty()) {
            (true, _) => "unnamed adapter".to_string(),
            (false, true) => info.name.clone(),
            (false, false) => format!("{} ({})", info.name, info.driver_info),
        };
        for (what, has, needed) in [
            ("storage buffers per shader", limits.max_storage_buffers_per_shader_stage, STORAGE_BUFFERS),
            ("invocations per workgroup", limits.max_compute_invocations_per_workgroup, INVOCATIONS),
            ("bytes of workgroup memory", limits.max_compute_workgroup_storage_size, WORKGROUP_BYTES),
        ] {
            if has < needed {
                return Err(DeviceError::Missing(format!("{name} offers {has} {what}, {needed} are needed")));
            }
        }
        let timestamps = adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        let features = if timestamps { wgpu::Features::TIMESTAMP_QUERY } else { wgpu::Features::empty() };
        let (wgpu, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("querypose"),
                required_features: features,
                required_limits: limits.clone(),
                ..Default::default()
            })
            .await
            .map_err(|e| DeviceError::Missing(format!("{name} would not open: {e}")))?;
        let trouble: Arc<Mutex<Option<DeviceError>>> = Arc::default();
        let seen = trouble.clone();
        wgpu.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            note(&seen, DeviceError::from_wgpu(&error, "during a run"));
        }));
        let seen = trouble.clone();
        wgpu.set_device_lost_callback(move |reason, message| {
            // Dropping the device ends here too; nobody is left to ask then.
            let message = message.trim_end_matches('.');
            note(&seen, DeviceError::Lost(format!("{reason:?}: {message}; open the device again")));
        });
        let software = info.device_type == wgpu::DeviceType::Cpu || {
            let n = info.name.to_ascii_lowercase();
            n.contains("swiftshader") || n.contains("llvmpipe")
        };
        let traits = DeviceTraits {
            max_invocations: limits.max_compute_invocations_per_workgroup,
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
            software,
            // On SwiftShader eight rows are a third faster than four, and stacked 0.95 of the time of side by side. Which is
            // the best on a graphics card nobody has measured yet (`querypose bench --tile`).
            tile: if software { Tile::Stacked } else { Tile::Small },
        };
        Ok(Device { wgpu, queue, limits, timestamps, traits, name, trouble })
    }

    /// The adapter's name and driver, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kernels choose their variant by.
    pub fn traits(&self) -> &DeviceTraits {
        &self.traits
    }

    /// The first error that came outside of any call, if one did. A lost device stays lost.
    pub fn trouble(&self) -> Result<(), DeviceError> {
        let mut trouble = self.trouble.lock().unwrap_or_else(|e| e.into_inner());
        match trouble.as_ref() {
            None => Ok(()),
            Some(DeviceError::Lost(_)) => Err(trouble.clone().unwrap_or(DeviceError::Lost(String::new()))),
            Some(_) => Err(trouble.take().unwrap_or(DeviceError::Lost(String::new()))),
        }
    }

    /// Runs `make` and catches what the driver says about it.
    pub(super) async fn catching<T>(
        &self,
        doing: &str,
        make: impl FnOnce() -> Result<T, DeviceError>,
    ) -> Result<T, DeviceError> {
        let filters = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory];
        let mut scopes: Vec<_> = filters.iter().map(|&f| self.wgpu.push_error_scope(f)).collect();
        let made = make();
        let mut verdicts = Vec::new();
        while let Some(scope) = scopes.pop() {
            verdicts.push(scope.pop());
        }
        for verdict in verdicts {
            if let Some(error) = verdict.await {
                return Err(DeviceError::from_wgpu(&error, doing));
            }
        }
        made
    }

    /// Gives the device up; runs that follow say that it is lost.
    pub fn destroy(&self) {
        note(&self.trouble, DeviceError::Lost("it was given up; open it again".to_string()));
        self.wgpu.destroy();
    }
}

// In the browser a handle that is dropped frees nothing until garbage is collected, and that does not see the memory
// behind it.
impl Drop for Device {
    fn drop(&mut self) {
        if cfg!(target_arch = "wasm32") {
            self.wgpu.destroy();
        }
    }
}

/// Buffers that are gone with their owner.
pub(super) struct Buffers(pub Vec<wgpu::Buffer>);

impl Drop for Buffers {
    fn drop(&mut self) {
        self.0.iter().for_each(wgpu::Buffer::destroy);
    }
}

/// Keeps the first error; a lost device outranks what follows from it.
fn note(trouble: &Mutex<Option<DeviceError>>, error: DeviceError) {
    let mut trouble = trouble.lock().unwrap_or_else(|e| e.into_inner());
    let lost = matches!(*trouble, Some(DeviceError::Lost(_)));
    if trouble.is_none() || (!lost && matches!(error, DeviceError::Lost(_))) {
        *trouble = Some(error);
    }
}
