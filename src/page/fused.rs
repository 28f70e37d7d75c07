//! An engine for browsers with relaxed SIMD, made of the one for all: a product that is added at once becomes one fused
//! operation, as natively. The compiler's own flag for it would also let minima and maxima treat NaN as each device
//! likes, and compiling the library twice takes minutes.

use walrus::ir::{
    BinaryOp, Binop, Instr, InstrSeq, LocalGet, LocalSet, TernOp, TernaryOp, VisitorMut, dfs_pre_order_mut,
};
use walrus::{LocalId, Module, ValType};

/// The same module with `f32x4.relaxed_madd`.
///
/// Errors: what it is given is no wasm, or there is nothing to fuse in it.
pub fn fused(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let mut module = Module::from_buffer(wasm).map_err(|e| format!("{e:#}"))?;
    let [a, b, sum] = [(); 3].map(|()| module.locals.add(ValType::V128));
    let mut fuse = Fuse { a, b, sum, count: 0 };
    for (_, function) in module.funcs.iter_local_mut() {
        let entry = function.entry_block();
        dfs_pre_order_mut(&mut fuse, function, entry);
    }
    if fuse.count == 0 { Err("no product is added at once".into()) } else { Ok(module.emit_wasm()) }
}

/// Replaces `sum + a·b` by `relaxed_madd(a, b, sum)`; the locals hold what has to change its place on the stack.
struct Fuse {
    a: LocalId,
    b: LocalId,
    sum: LocalId,
    count: usize,
}

impl VisitorMut for Fuse {
    fn start_instr_seq_mut(&mut self, seq: &mut InstrSeq) {
        let is = |i: &Instr, wanted: fn(&BinaryOp) -> bool| matches!(i, Instr::Binop(Binop { op }) if wanted(op));
        let is_product = |i: &Instr| is(i, |op| matches!(op, BinaryOp::F32x4Mul));
        let is_sum = |i: &Instr| is(i, |op| matches!(op, BinaryOp::F32x4Add));
        let &mut Fuse { a, b, sum, .. } = self;
        let old = std::mem::take(&mut seq.instrs);
        let mut left = old.as_slice();
        while let [(instr, at), rest @ ..] = left {
            let was_product = seq.instrs.last().is_some_and(|(last, _)| is_product(last));
            // Instructions that bring the sum, after the product: from a local, or from memory.
            let brings = match left {
                [(Instr::LocalGet(_), _), (add, _), ..] if is_sum(add) => 1,
                [(Instr::LocalGet(_) | Instr::Const(_), _), (Instr::Load(_) | Instr::LoadSimd(_), _), (add, _), ..]
                    if is_sum(add) =>
                {
                    2
                }
                _ => 0,
            };
            if was_product && is_sum(instr) {
                // On the stack: sum, a, b.
                seq.instrs.pop();
                let put = [b, a, sum].map(|local| Instr::from(LocalSet { local }));
                let take = [a, b, sum].map(|local| Instr::from(LocalGet { local }));
                seq.instrs.extend(put.into_iter().chain(take).map(|instr| (instr, *at)));
                left = rest;
            } else if was_product && brings > 0 {
                // On the stack: a, b.
                seq.instrs.pop();
                seq.instrs.extend_from_slice(&left[..brings]);
                left = &left[brings + 1..];
            } else {
                seq.instrs.push((instr.clone(), *at));
                left = rest;
                continue;
            }
            seq.instrs.push((TernOp { op: TernaryOp::F32x4RelaxedMadd }.into(), *at));
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fused;
    use walrus::ir::{BinaryOp, Instr, LoadSimdKind, MemArg, TernaryOp};
    use walrus::{FunctionBuilder, LocalId, MemoryId, Module, ModuleConfig, ValType};

    /// The instructions, without locals, of a function of three vectors after fusing; `f` writes it.
    fn ops_of(f: impl Fn(&mut walrus::InstrSeqBuilder<'_>, [LocalId; 3], MemoryId)) -> Result<String, String> {
        let mut module = Module::with_config(ModuleConfig::new());
        let three = [(); 3].map(|()| module.locals.add(ValType::V128));
        let mut function = FunctionBuilder::new(&mut module.types, &[ValType::V128; 3], &[ValType::V128]);
        let memory = module.memories.add_local(false, false, 1, None, None);
        f(&mut function.func_body(), three, memory);
        let function = function.finish(three.to_vec(), &mut module.funcs);
        module.exports.add("f", function);
        let module = Module::from_buffer(&fused(&module.emit_wasm())?).map_err(|e| e.to_string())?;
        let (_, function) = module.funcs.iter_local().next().ok_or("no function")?;
        let instrs = function.block(function.entry_block()).instrs.iter().map(|(instr, _)| match instr {
            Instr::TernOp(op) if matches!(op.op, TernaryOp::F32x4RelaxedMadd) => "madd ",
            Instr::Binop(_) => "binop ",
            _ => "",
        });
        Ok(instrs.collect())
    }

    #[test]
    fn a_product_that_is_added_is_fused() {
        let sum_first = ops_of(|body, [a, b, c], _| {
            body.local_get(c).local_get(a).local_get(b).binop(BinaryOp::F32x4Mul).binop(BinaryOp::F32x4Add);
        });
        assert_eq!(sum_first.unwrap(), "madd ");
        let sum_last = ops_of(|body, [a, b, c], _| {
            body.local_get(a).local_get(b).binop(BinaryOp::F32x4Mul).local_get(c).binop(BinaryOp::F32x4Add);
        });
        assert_eq!(sum_last.unwrap(), "madd ");
        let twice = ops_of(|body, [a, b, c], _| {
            body.local_get(c).local_get(a).local_get(b).binop(BinaryOp::F32x4Mul).binop(BinaryOp::F32x4Add);
            body.local_get(b).local_get(c).binop(BinaryOp::F32x4Mul).binop(BinaryOp::F32x4Add);
        });
        assert_eq!(twice.unwrap(), "madd madd ");
        let from_memory = ops_of(|body, [a, b, _], memory| {
            let (kind, arg) = (LoadSimdKind::Splat32, MemArg { align: 4, offset: 0 });
            body.local_get(a).local_get(b).binop(BinaryOp::F32x4Mul).i32_const(0).load_simd(memory, kind, arg);
            body.binop(BinaryOp::F32x4Add);
        });
        assert_eq!(from_memory.unwrap(), "madd ");
    }

    #[test]
    fn what_cannot_be_fused_is_an_error() {
        let difference = ops_of(|body, [a, b, c], _| {
            body.local_get(c).local_get(a).local_get(b).binop(BinaryOp::F32x4Mul).binop(BinaryOp::F32x4Sub);
        });
        assert!(difference.unwrap_err().contains("no product"));
        assert!(fused(b"<!doctype html>").is_err());
    }
}
