//! Reads the pickle of a PyTorch checkpoint as data. Nothing is executed: the few functions and classes that a
//! state-dict needs are recognised by name and stand for what they would build, every other one is refused.
//!
//! Objects lie in one list and refer to each other by number, so that neither cycles nor deep nesting cost
//! anything, and each opcode adds at most one object: memory stays in proportion to the file.

use safetensors::Dtype;
use std::collections::BTreeMap;

/// Bytes a pickle may have: a state-dict with its optimizer has two or three million.
pub const LARGEST: usize = 8 << 20;

/// What lies on the machine's stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item {
    /// Something a state-dict does not need: None, floats, bytes, ...
    Other,
    /// An integer.
    Int(i64),
    /// A text: first byte in the pickle, and length.
    Text(usize, usize),
    /// A class or function on the allow-list.
    Global(Global),
    /// Number of an object.
    Object(usize),
}

/// The classes and functions that may be named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Global {
    /// `collections.OrderedDict`
    OrderedDict,
    /// `torch.FloatStorage` and the like.
    Storage(Dtype),
    /// `torch._utils._rebuild_tensor(_v2)`
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`
    RebuildParameter,
    /// Harmless, and nothing a state-dict needs.
    Unneeded,
}

impl Global {
    fn named(module: &str, name: &str) -> Option<Global> {
        let storage = |dtype| Some(Global::Storage(dtype));
        match (module, name) {
            ("collections", "OrderedDict") => Some(Global::OrderedDict),
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Global::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Global::RebuildParameter),
            ("torch", "DoubleStorage") => storage(Dtype::F64),
            ("torch", "FloatStorage") => storage(Dtype::F32),
            ("torch", "HalfStorage") => storage(Dtype::F16),
            ("torch", "BFloat16Storage") => storage(Dtype::BF16),
            ("torch", "LongStorage") => storage(Dtype::I64),
            ("torch", "IntStorage") => storage(Dtype::I32),
            ("torch", "ShortStorage") => storage(Dtype::I16),
            ("torch", "CharStorage") => storage(Dtype::I8),
            ("torch", "ByteStorage") => storage(Dtype::U8),
            ("torch", "BoolStorage") => storage(Dtype::BOOL),
            ("torch", "Size" | "device" | "float32" | "float16" | "bfloat16" | "float64" | "int64")
            | ("collections", "Counter")
            | ("builtins" | "__builtin__", "set")
            | ("numpy", "dtype")
            | ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar")
            | ("_codecs", "encode") => Some(Global::Unneeded),
            _ => None,
        }
    }
}

/// A container or what a function of the allow-list stands for.
#[derive(Debug)]
pub enum Object {
    Tuple(Box<[Item]>),
    List(Vec<Item>),
    Dict(Vec<(Item, Item)>),
    Storage(Box<Storage>),
    Tensor(Box<Tensor>),
}

/// A storage that lies beside the pickle.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Type of its elements.
    pub dtype: Dtype,
    /// Its entry is `data/<key>`.
    pub key: Item,
    /// Elements.
    pub len: i64,
}

/// A view of a storage; sizes, strides and the first element are in elements and not checked yet.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub storage: Storage,
    pub first: i64,
    pub shape: Box<[i64]>,
    pub strides: Box<[i64]>,
}

/// A pickle that was read.
#[derive(Debug)]
pub struct Pickle<'a> {
    bytes: &'a [u8],
    objects: Vec<Object>,
    root: Item,
}

impl<'a> Pickle<'a> {
    /// Reads to the end. The error says what is refused and which text came before it, often a tensor's name.
    pub fn read(bytes: &'a [u8]) -> Result<Pickle<'a>, String> {
        if bytes.len() > LARGEST {
            return Err(format!("the pickle has {} bytes; a state-dict's has fewer than {LARGEST}", bytes.len()));
        }
        let mut machine =
            Machine { bytes, at: 0, stack: Vec::new(), marks: Vec::new(), memo: BTreeMap::new(), objects: Vec::new() };
        match machine.run() {
            Ok(root) => Ok(Pickle { bytes, objects: machine.objects, root }),
            Err(what) => {
                let last = machine.stack.iter().rev().find_map(|&item| text(bytes, item));
                let after = last.map_or(String::new(), |text| format!(", after \"{text:.200}\""));
                Err(format!("the pickle is refused at byte {}{after}: {what}", machine.at))
            }
        }
    }

    /// What the pickle amounts to.
    pub fn root(&self) -> Item {
        self.root
    }

    /// The pairs of a dict.
    pub fn dict(&self, item: Item) -> Option<&[(Item, Item)]> {
        match item {
            Item::Object(i) => match &self.objects[i] {
                Object::Dict(pairs) => Some(pairs),
                _ => None,
            },
            _ => None,
        }
    }

    /// A tensor.
    pub fn tensor(&self, item: Item) -> Option<&Tensor> {
        match item {
            Item::Object(i) => match &self.objects[i] {
                Object::Tensor(tensor) => Some(tensor),
                _ => None,
            },
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self, item: Item) -> Option<&'a str> {
        text(self.bytes, item)
    }
}

fn text(bytes: &[u8], item: Item) -> Option<&str> {
    let Item::Text(first, length) = item else { return None };
    std::str::from_utf8(&bytes[first..first + length]).ok()
}

/// Python's pickle machine, without what runs code.
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Item>,
    /// Heights of the stack that opcodes come back to.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Item>,
    objects: Vec<Object>,
}

type Step<T = ()> = Result<T, String>;

impl<'a> Machine<'a> {
    fn run(&mut self) -> Step<Item> {
        loop {
            let code = self.take(1)?[0];
            match code {
                b'.' => return self.pop(),
                0x80 => match self.number(1)? {
                    2..=5 => {}
                    version => return Err(format!("it is of protocol {version}, 2 to 5 can be read")),
                },
                0x95 => drop(self.take(8)?),
                b'(' => self.marks.push(self.stack.len()),
                b'}' => self.push_object(Object::Dict(Vec::new())),
                b']' | 0x8f => self.push_object(Object::List(Vec::new())),
                b')' => self.push_object(Object::Tuple(Box::default())),
                b't' => {
                    let items = self.since_mark()?.into();
                    self.push_object(Object::Tuple(items));
                }
                0x85..=0x87 => {
                    let items = self.top(usize::from(code - 0x84))?.into();
                    self.push_object(Object::Tuple(items));
                }
                b's' => {
                    let pair = self.top(2)?;
                    self.fill(&pair)?;
                }
                b'a' => {
                    let one = self.top(1)?;
                    self.extend(one)?;
                }
                b'u' => {
                    let pairs = self.since_mark()?;
                    self.fill(&pairs)?;
                }
                b'e' | 0x90 => {
                    let items = self.since_mark()?;
                    self.extend(items)?;
                }
                b'q' => self.remember(1)?,
                b'r' => self.remember(4)?,
                0x94 => {
                    let item = self.peek()?;
                    self.memo.insert(self.memo.len() as u32, item);
                }
                b'h' => self.recall(1)?,
                b'j' => self.recall(4)?,
                b'X' | b'T' => self.push_text(4)?,
                0x8c | b'U' => self.push_text(1)?,
                0x8d => self.push_text(8)?,
                b'C' => self.skip(1)?,
                b'B' => self.skip(4)?,
                0x8e => self.skip(8)?,
                b'N' | 0x88 | 0x89 => self.stack.push(Item::Other),
                b'G' => {
                    self.take(8)?;
                    self.stack.push(Item::Other);
                }
                b'K' => self.push_number(1)?,
                b'M' => self.push_number(2)?,
                b'J' => {
                    let value = self.number(4)? as u32 as i32;
                    self.stack.push(Item::Int(value.into()));
                }
                0x8a => self.push_long(1)?,
                0x8b => self.push_long(4)?,
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.push_global(module, name)?;
                }
                0x93 => match self.top(2)?[..] {
                    [module, name] => match (text(self.bytes, module), text(self.bytes, name)) {
                        (Some(module), Some(name)) => self.push_global(module, name)?,
                        _ => return Err("a class is named by something that is no text".into()),
                    },
                    _ => return Err(TOO_FEW.into()),
                },
                b'Q' => self.push_storage()?,
                b'R' => self.call()?,
                // The attributes of an OrderedDict, which say nothing about its tensors.
                b'b' => drop(self.top(1)?),
                other => {
                    return Err(format!(
                        "opcode {other:#04x} is no part of a state-dict: save model.state_dict(), not the model itself"
                    ));
                }
            }
        }
    }

    fn take(&mut self, length: usize) -> Step<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..length).ok_or("it ends in the middle of an opcode: the file is damaged")?;
        self.at += length;
        Ok(taken)
    }

    /// A little-endian number of up to eight bytes.
    fn number(&mut self, bytes: usize) -> Step<u64> {
        Ok(self.take(bytes)?.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    /// As many bytes as a number of `bytes` bytes says.
    fn counted(&mut self, bytes: usize) -> Step<&'a [u8]> {
        let length = self.number(bytes)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn line(&mut self) -> Step<&'a str> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or("a name has no end: the file is damaged")?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).map_err(|_| "a name is no text: the file is damaged".into())
    }

    fn pop(&mut self) -> Step<Item> {
        let item = self.peek()?;
        self.stack.pop();
        Ok(item)
    }

    fn peek(&self) -> Step<Item> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.last() {
            Some(&item) if self.stack.len() > floor => Ok(item),
            _ => Err(TOO_FEW.into()),
        }
    }

    fn top(&mut self, count: usize) -> Step<Vec<Item>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(from) if from >= floor => Ok(self.stack.split_off(from)),
            _ => Err(TOO_FEW.into()),
        }
    }

    fn since_mark(&mut self) -> Step<Vec<Item>> {
        let from = self.marks.pop().ok_or(TOO_FEW)?;
        Ok(self.stack.split_off(from))
    }

    fn push_object(&mut self, object: Object) {
        self.stack.push(Item::Object(self.objects.len()));
        self.objects.push(object);
    }

    fn push_number(&mut self, bytes: usize) -> Step {
        let value = self.number(bytes)?;
        self.stack.push(Item::Int(value as i64));
        Ok(())
    }

    /// A two's complement integer of any length; longer ones than 64 bits are no sizes.
    fn push_long(&mut self, bytes: usize) -> Step {
        let digits = self.counted(bytes)?;
        self.stack.push(match digits.len() {
            0 => Item::Int(0),
            n @ 1..=8 => {
                let value = digits.iter().rev().fold(0u64, |v, &byte| v << 8 | u64::from(byte));
                let unused = 64 - 8 * n as u32;
                Item::Int((value << unused) as i64 >> unused)
            }
            _ => Item::Other,
        });
        Ok(())
    }

    fn push_text(&mut self, bytes: usize) -> Step {
        let length = self.counted(bytes)?.len();
        self.stack.push(Item::Text(self.at - length, length));
        Ok(())
    }

    fn skip(&mut self, bytes: usize) -> Step {
        self.counted(bytes)?;
        self.stack.push(Item::Other);
        Ok(())
    }

    fn remember(&mut self, bytes: usize) -> Step {
        let number = self.number(bytes)? as u32;
        let item = self.peek()?;
        self.memo.insert(number, item);
        Ok(())
    }

    fn recall(&mut self, bytes: usize) -> Step {
        let number = self.number(bytes)? as u32;
        let item = self.memo.get(&number).ok_or("it recalls what it never kept: the file is damaged")?;
        self.stack.push(*item);
        Ok(())
    }

    fn push_global(&mut self, module: &str, name: &str) -> Step {
        let global = Global::named(module, name).ok_or_else(|| {
            format!(
                "it asks for `{module:.100}.{name:.100}`, which is no part of a state-dict and was not run: \
                 save model.state_dict() alone"
            )
        })?;
        self.stack.push(Item::Global(global));
        Ok(())
    }

    /// Puts keys and values by turns into the dict below them.
    fn fill(&mut self, pairs: &[Item]) -> Step {
        if !pairs.len().is_multiple_of(2) {
            return Err("a key has no value: the file is damaged".into());
        }
        if let Item::Object(i) = self.peek()?
            && let Object::Dict(dict) = &mut self.objects[i]
        {
            dict.extend(pairs.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value)));
        }
        Ok(())
    }

    fn extend(&mut self, items: Vec<Item>) -> Step {
        if let Item::Object(i) = self.peek()?
            && let Object::List(list) = &mut self.objects[i]
        {
            list.extend(items);
        }
        Ok(())
    }

    fn tuple(&self, item: Item) -> Step<&[Item]> {
        match item {
            Item::Object(i) => match &self.objects[i] {
                Object::Tuple(items) => Ok(items),
                _ => Err(ODD.into()),
            },
            _ => Err(ODD.into()),
        }
    }

    fn numbers(&self, item: Item) -> Step<Box<[i64]>> {
        let number = |&item: &Item| match item {
            Item::Int(value) => Ok(value),
            _ => Err(ODD.to_string()),
        };
        self.tuple(item)?.iter().map(number).collect()
    }

    /// ('storage', class, key, device, elements)
    fn push_storage(&mut self) -> Step {
        let id = self.pop()?;
        let storage = match *self.tuple(id)? {
            [kind, Item::Global(Global::Storage(dtype)), key @ Item::Text(..), _, Item::Int(len)]
                if text(self.bytes, kind) == Some("storage") =>
            {
                Storage { dtype, key, len }
            }
            _ => return Err(ODD.into()),
        };
        self.push_object(Object::Storage(Box::new(storage)));
        Ok(())
    }

    /// What calling a class or function of the allow-list stands for.
    fn call(&mut self) -> Step {
        let arguments = self.pop()?;
        let function = self.pop()?;
        match function {
            Item::Global(Global::OrderedDict) => match self.tuple(arguments)? {
                [] => self.push_object(Object::Dict(Vec::new())),
                _ => return Err("an OrderedDict is made of something this program does not read".into()),
            },
            Item::Global(Global::RebuildTensor) => {
                let (storage, first, shape, strides) = match *self.tuple(arguments)? {
                    [Item::Object(i), Item::Int(first), shape, strides, ..] => (i, first, shape, strides),
                    _ => return Err(ODD.into()),
                };
                let Object::Storage(storage) = &self.objects[storage] else { return Err(ODD.into()) };
                let (storage, shape, strides) = ((**storage).clone(), self.numbers(shape)?, self.numbers(strides)?);
                self.push_object(Object::Tensor(Box::new(Tensor { storage, first, shape, strides })));
            }
            Item::Global(Global::RebuildParameter) => {
                let tensor = *self.tuple(arguments)?.first().ok_or(ODD)?;
                self.stack.push(tensor);
            }
            Item::Global(Global::Unneeded) => self.stack.push(Item::Other),
            _ => return Err("it calls what is no function: the file is damaged".into()),
        }
        Ok(())
    }
}

const TOO_FEW: &str = "an opcode finds too little on the stack: the file is damaged";
const ODD: &str = "a tensor is described in a way this program does not know";
