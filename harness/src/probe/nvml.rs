//! Memory of graphics processors by process, as NVIDIA's management library (NVML) tells it.
//!
//! The library comes with the driver. It is loaded when it is wanted, so that nothing here depends on it: where there is
//! none, nothing is known, and nobody is told. Six of its functions are all that is needed; a crate that has bindings of
//! all of them would be larger than the use of these.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

const LIBRARY: &CStr = c"libnvidia-ml.so.1";
/// What a function returns that did what it should.
const SUCCESS: c_int = 0;
/// What it returns for a list that is too short.
const INSUFFICIENT_SIZE: c_int = 7;
/// Stands for memory of which nobody knows.
const NOT_AVAILABLE: c_ulonglong = c_ulonglong::MAX;
/// Processes that a device is asked for at the most.
const MOST_PROCESSES: usize = 4_096;

/// A device, as the library knows it.
type Device = *mut c_void;

/// What the library says of a process: `nvmlProcessInfo_t`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct ProcessInfo {
    pid: c_uint,
    used: c_ulonglong,
    gpu_instance: c_uint,
    compute_instance: c_uint,
}

type Init = unsafe extern "C" fn() -> c_int;
type Count = unsafe extern "C" fn(*mut c_uint) -> c_int;
type Handle = unsafe extern "C" fn(c_uint, *mut Device) -> c_int;
type Processes = unsafe extern "C" fn(Device, *mut c_uint, *mut ProcessInfo) -> c_int;

/// The library, ready for questions.
pub(crate) struct Nvml {
    devices: Vec<Device>,
    lists: Vec<Processes>,
    shutdown: Init,
}

impl Nvml {
    /// Loads it. None where there is no driver, or no device.
    pub(crate) fn load() -> Option<Nvml> {
        // SAFETY: the name ends with a zero byte. What the library does when it is loaded is the driver's to answer for.
        let library = unsafe { libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            return None;
        }
        // It stays loaded for as long as the harness runs: a driver's library does not like to be unloaded.
        let symbol = |name: &CStr| {
            // SAFETY: the library is loaded, and the name ends with a zero byte.
            let found = unsafe { libc::dlsym(library, name.as_ptr()) };
            (!found.is_null()).then_some(found)
        };
        let (init, shutdown) = (symbol(c"nvmlInit_v2")?, symbol(c"nvmlShutdown")?);
        let count = symbol(c"nvmlDeviceGetCount_v2")?;
        let handle = symbol(c"nvmlDeviceGetHandleByIndex_v2")?;
        let lists: Vec<*mut c_void> = [
            c"nvmlDeviceGetComputeRunningProcesses_v3",
            c"nvmlDeviceGetGraphicsRunningProcesses_v3",
        ]
        .into_iter()
        .filter_map(symbol)
        .collect();
        // SAFETY: these are the types that the library's header declares for the functions of these names.
        let (init, shutdown, count, handle) = unsafe {
            (
                std::mem::transmute::<*mut c_void, Init>(init),
                std::mem::transmute::<*mut c_void, Init>(shutdown),
                std::mem::transmute::<*mut c_void, Count>(count),
                std::mem::transmute::<*mut c_void, Handle>(handle),
            )
        };
        let lists = lists.into_iter().map(|list| {
            // SAFETY: as above; both have one type.
            unsafe { std::mem::transmute::<*mut c_void, Processes>(list) }
        });
        let mut nvml = Nvml {
            devices: Vec::new(),
            lists: lists.collect(),
            shutdown,
        };
        let mut devices: c_uint = 0;
        // SAFETY: it is called first, as the library wants it, and the number is written to.
        let is_ready = unsafe { init() == SUCCESS && count(&raw mut devices) == SUCCESS };
        for number in 0..if is_ready { devices.min(1_024) } else { 0 } {
            let mut device: Device = ptr::null_mut();
            // SAFETY: the library is ready, and the handle is written to.
            if unsafe { handle(number, &raw mut device) } == SUCCESS {
                nvml.devices.push(device);
            }
        }
        (!nvml.devices.is_empty()).then_some(nvml)
    }

    /// Bytes that each process has, on all devices together.
    pub(crate) fn by_process(&self) -> BTreeMap<u32, u64> {
        let mut sums = BTreeMap::new();
        for device in &self.devices {
            let mut here: BTreeMap<u32, u64> = BTreeMap::new();
            for list in &self.lists {
                for one in processes(*list, *device) {
                    if one.used != NOT_AVAILABLE {
                        // A process that computes and draws is in both lists, with all that it has.
                        let known = here.entry(one.pid).or_default();
                        *known = (*known).max(one.used);
                    }
                }
            }
            for (pid, bytes) in here {
                let sum: &mut u64 = sums.entry(pid).or_default();
                *sum = sum.saturating_add(bytes);
            }
        }
        sums
    }
}

impl Drop for Nvml {
    fn drop(&mut self) {
        // SAFETY: the library was made ready, and nothing of it is used any more.
        unsafe {
            (self.shutdown)();
        }
    }
}

/// The processes of one list of a device.
fn processes(list: Processes, device: Device) -> Vec<ProcessInfo> {
    let mut room = 64;
    while room <= MOST_PROCESSES {
        let mut found = vec![ProcessInfo::default(); room];
        let mut count = room as c_uint;
        // SAFETY: there is room for as many as the count says, which the library sets to how many it wrote.
        match unsafe { list(device, &raw mut count, found.as_mut_ptr()) } {
            SUCCESS => {
                found.truncate(count as usize);
                return found;
            }
            INSUFFICIENT_SIZE => room *= 4,
            _ => break,
        }
    }
    Vec::new()
}
