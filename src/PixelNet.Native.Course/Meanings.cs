using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Course;

/// <summary>What a finding means to who wrote the kernel, and where to look; it does not give the solution away.</summary>
internal static class Meanings
{
    public const string WrongResult = "No rule of the machine was broken, so the arithmetic or an index is wrong: work one element out by hand, at the smallest size that fails.";

    public const string WrongByFinding = "The findings at this size come first: a result that depends on them cannot be right.";

    public const string Declaration = "The check passes the arguments of the exercise's own kernel: keep its name, its parameters and their order.";

    public const string Launch = "The kernel cannot be launched as the exercise launches it.";

    public static string Of(FindingKind kind) => kind switch
    {
        FindingKind.OutOfBounds => "A thread uses an element that its array does not have. Which thread has the largest index, and what is it there for? A thread beyond the last element must not touch memory.",
        FindingKind.Misaligned => "A load or store of 8 or 16 bytes needs an address that is a multiple of as many. For which rows or offsets is it none?",
        FindingKind.UninitialisedGlobal => "The kernel reads global memory that nobody has written: what it finds there is whatever was there before. Who should have written it?",
        FindingKind.UninitialisedShared => "The kernel reads shared memory that no thread of the block has written. Shared memory starts with rubbish: list which threads write which elements.",
        FindingKind.SharedRace => "Two threads use the same shared memory, one of them writing, and nothing says who comes first. Which barrier lies between the two? In a loop, look from the end of one turn to the start of the next too.",
        FindingKind.GlobalRace => "Several threads use the same element of global memory, one of them writing, and nothing orders them: the result depends on who is last. Should they have an element each, or add atomically?",
        FindingKind.BarrierDivergence => "Not all threads that a barrier or shuffle waits for arrive at it. Is it inside a branch that only some threads take, or does its mask name the wrong lanes?",
        FindingKind.MissingAsyncWait => "An asynchronous copy is read before it has arrived. A barrier orders threads, it does not wait for copies.",
        FindingKind.InstructionLimit => "The kernel does not end. What changes from one turn of the loop to the next, and is there an input for which nothing does?",
        _ => "The kernel stopped itself: a trap or a failed assertion.",
    };
}
