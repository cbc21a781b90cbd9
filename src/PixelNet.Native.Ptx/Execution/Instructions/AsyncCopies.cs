using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>cp.async</c> with its groups (PTX ISA 7.8, section 9.7.8.22). The bytes arrive only when they are waited for, the latest moment that the
/// ISA allows, so a kernel that forgets to wait computes with what was there before.
/// </summary>
internal static unsafe class AsyncCopies
{
    public static void Translate(Translator t)
    {
        if (!t.Accept("async")) throw t.Fail("only cp.async is supported");
        if (t.Accept("commit_group"))
        {
            t.Count(0);
            t.Emit(&Commit);
        }
        else if (t.Accept("wait_group"))
        {
            t.Count(1);
            t.Emit(&Wait).Option = (int)t.Immediate(0, 0, 1 << 20);
        }
        else if (t.Accept("wait_all"))
        {
            t.Count(0);
            t.Emit(&WaitAll);
        }
        else TranslateCopy(t);
    }

    // cp.async.{ca,cg}.shared.global [to], [from], bytes[, source bytes | ignore predicate]
    private static void TranslateCopy(Translator t)
    {
        bool bypass = (t.AcceptAny("ca", "cg") ?? throw t.Fail("one of .ca, .cg is missing")) == "cg";
        if (t.AcceptAny("shared", "shared::cta", "shared::cluster") is null || !t.Accept("global")) throw t.Fail(".shared.global is missing");
        t.Accept("L2::cache_hint");
        t.Ordering();
        t.Count(3, 5);
        long bytes = t.Immediate(2, 4, 16);
        if (bytes is not (4 or 8 or 16) || (bypass && bytes != 16)) throw t.Fail($"{bytes} bytes cannot be copied so");
        int sourceRow = -1, ignore = -1;
        if (t.Instruction.Operands.Length > 3)
        {
            var operand = t.Operand(3);
            if (operand.Register?.Type == PtxType.Pred) ignore = t.Pred(operand);
            else sourceRow = t.Src(operand, PtxType.U32);
        }
        // The global address is kept beside the shared one: rows B and E.
        var from = new Op();
        t.Address(from, 1, StateSpace.Global);
        var op = t.Emit(&Copy);
        t.Address(op, 0, StateSpace.Shared);
        op.B = from.A;
        op.StrideD = from.StrideA;
        op.Rows = [sourceRow, ignore];
        op.Option = (int)bytes;
        op.Other = from;
        from.Source = op.Source;
    }

    private static void Copy(Warp w, Op o)
    {
        int bytes = o.Option;
        Memory.Addresses(w, o);
        uint ok = Memory.Resolve(w, o, bytes, AccessKind.AsyncStore);
        ulong* target = stackalloc ulong[32];
        for (int i = 0; i < 32; i++) target[i] = w.Ptr[i];
        var from = o.Other!;
        from.Index = o.Index;
        uint zero = 0;
        if (o.Rows[1] >= 0) zero = w.Predicate(o.Rows[1]);
        else if (o.Rows[0] >= 0)
        {
            for (int i = 0; i < 32; i++)
            {
                if (w.Read32(o.Rows[0], i) == 0) zero |= 1u << i;
            }
        }
        // Lanes that copy nothing may have any address: only the others are resolved.
        uint reading = ok & ~zero, all = w.Mask;
        uint found = 0;
        if (reading != 0)
        {
            w.SetMask(reading);
            Memory.Addresses(w, from);
            found = Memory.Resolve(w, from, bytes, AccessKind.AsyncLoad);
            w.SetMask(all);
        }
        for (uint lanes = ok; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            int length = ((found >> i) & 1) == 0 ? 0 : o.Rows[0] >= 0 ? (int)Math.Min(w.Read32(o.Rows[0], i), (uint)bytes) : bytes;
            w.Async.Add(i, (byte*)target[i], (byte*)w.Ptr[i], length, bytes);
        }
    }

    private static void Commit(Warp w, Op o) => w.Async.Commit(w.Mask);

    private static void Wait(Warp w, Op o) => w.Async.Wait(w.Mask, o.Option);

    private static void WaitAll(Warp w, Op o) => w.Async.Wait(w.Mask, -1);
}
