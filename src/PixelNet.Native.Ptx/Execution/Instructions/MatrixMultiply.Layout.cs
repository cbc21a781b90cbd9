using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// Where elements lie in fragments (PTX ISA 7.8, section 9.7.13.4.1-8). With group g = lane / 4 and t = lane % 4, and e elements to a 32-bit register
/// (1, 2 or 4), register r of A holds row g (+8 for odd r), columns e t .. e t + e - 1 (+4e for each pair of registers); of B rows e t .. e t + e - 1 (+4e for
/// each register), column g; of C and D row g (+8 for the second half), columns 2t, 2t + 1.
/// </summary>
internal static unsafe partial class MatrixMultiply
{
    private enum Part { A, B, C }

    private static void Gather(Warp w, int[] rows, ref int at, PtxType type, int height, int width, double* to, Part part)
    {
        int registers = Registers(type, height * width);
        int perRegister = type.Size() >= 4 ? 1 : 4 / type.Size();
        for (int r = 0; r < registers; r++)
        {
            int row = rows[at + r];
            for (int lane = 0; lane < 32; lane++)
            {
                ulong bits = type == PtxType.F64 ? w.Read64(row, lane) : w.Read32(row, lane);
                for (int e = 0; e < perRegister; e++)
                {
                    var (i, j) = Place(part, type, height, perRegister, r, lane, e);
                    to[(i * width) + j] = Value(type, bits, e);
                }
            }
        }
        at += registers;
    }

    private static (int Row, int Column) Place(Part part, PtxType type, int height, int perRegister, int r, int lane, int e)
    {
        int g = lane / 4, t = lane % 4;
        switch (part)
        {
            case Part.A:
                int half = height == 8 ? 0 : r & 1, step = height == 8 ? r : r >> 1;
                return (g + (8 * half), (perRegister * t) + e + (4 * perRegister * step));
            case Part.B:
                return ((perRegister * t) + e + (4 * perRegister * r), g);
            default:
                // One element a register: c0 c1 in row g, c2 c3 in row g + 8. Halves: two neighbours a register.
                return perRegister == 2 ? (g + (8 * r), (2 * t) + e) : (g + (8 * (r >> 1)), (2 * t) + (r & 1));
        }
    }

    private static double Value(PtxType type, ulong bits, int e) => type switch
    {
        PtxType.F64 => BitConverter.UInt64BitsToDouble(bits),
        // The unit ignores the low 13 bits of a TF32 operand.
        PtxType.TF32 => BitConverter.UInt32BitsToSingle((uint)bits & 0xFFFF_E000),
        PtxType.F32 => BitConverter.UInt32BitsToSingle((uint)bits),
        PtxType.F16 => Formats.HalfToSingle((ushort)(bits >> (16 * e))),
        PtxType.BF16 => Formats.Bf16ToSingle((ushort)(bits >> (16 * e))),
        PtxType.S8 => (sbyte)(bits >> (8 * e)),
        PtxType.U8 => (byte)(bits >> (8 * e)),
        _ => (int)bits,
    };

    private static void Scatter(Warp w, int[] rows, PtxType type, int height, double* from)
    {
        int perRegister = type.Size() >= 4 ? 1 : 2;
        for (int r = 0; r < rows.Length; r++)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                if (((w.Mask >> lane) & 1) == 0) continue;
                var (i, j) = Place(Part.C, type, height, perRegister, r, lane, 0);
                double v = from[(i * 8) + j];
                if (type == PtxType.F64) Lanes.Put(w.R + rows[r], lane, v);
                else if (type == PtxType.F32) Lanes.Put(w.R + rows[r], lane, Formats.Canonical((float)v));
                else if (type == PtxType.S32) Lanes.Put(w.R + rows[r], lane, (int)(long)v);
                else
                {
                    uint low = Formats.DoubleToHalf(v, Rounding.Nearest), high = Formats.DoubleToHalf(from[(i * 8) + j + 1], Rounding.Nearest);
                    Lanes.Put(w.R + rows[r], lane, low | (high << 16));
                }
            }
        }
    }
}
