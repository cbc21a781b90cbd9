using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// A few threads that stay, and share numbered tasks with the thread that calls <see cref="Run"/>. Nothing is allocated per call:
/// a job is a static function and a pointer to its arguments on the caller's stack.
/// </summary>
/// <remarks>
/// Tasks are claimed one by one, so a thread that the system holds up delays its own task only. A claim is a compare-and-swap on
/// (job number, next task) in one word: a worker that comes late, for a job that is over, cannot take a task of the next one, so
/// the caller never waits for workers that have nothing to do. Idle workers spin for some microseconds, the gap between two ops
/// of a step, and then sleep, so that the threads that load data get their core.
/// </remarks>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 60;

    private readonly Thread[] _threads;
    private readonly AutoResetEvent[] _wake;
    private readonly int[] _sleeping;

    // The job. Written by the caller while the job number is odd; read by workers between two looks at an even one.
    private delegate*<void*, int, int, void> _work;
    private void* _arguments;
    private int _count;

    // High half: number of the job, odd while the next one is being written. Low half: next task that nobody has claimed.
    private long _claim;
    private int _finished;
    private volatile bool _stop;

    /// <summary>Starts <paramref name="threads"/> - 1 workers; the caller of <see cref="Run"/> is the last one.</summary>
    public WorkerPool(int threads)
    {
        Threads = threads;
        _threads = new Thread[threads - 1];
        _wake = new AutoResetEvent[threads - 1];
        _sleeping = new int[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _wake[i] = new AutoResetEvent(false);
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"pixelnet cpu {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that work on a job, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Calls work(arguments, task, worker) for every task in 0..count-1, in any order, and returns when all are done; worker is in
    /// 0..Threads-1 and no two calls at one time share it. One caller at a time.
    /// </summary>
    public void Run(delegate*<void*, int, int, void> work, void* arguments, int count)
    {
        if (count <= 1 || _threads.Length == 0)
        {
            for (int task = 0; task < count; task++) work(arguments, task, 0);
            return;
        }
        uint job = JobOf(_claim) + 2;
        Interlocked.Exchange(ref _claim, (long)(job - 1) << 32);
        _work = work;
        _arguments = arguments;
        _count = count;
        _finished = 0;
        Interlocked.Exchange(ref _claim, (long)job << 32);
        // A worker announces its sleep and then looks at _claim once more; with full barriers on both sides one of the two sees the other.
        int needed = Math.Min(count - 1, _threads.Length);
        for (int i = 0; i < needed; i++)
            if (Volatile.Read(ref _sleeping[i]) != 0) _wake[i].Set();
        Share(job, work, arguments, count, 0);
        var spin = new SpinWait();
        while (Volatile.Read(ref _finished) != count) spin.SpinOnce(-1);
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        foreach (var wake in _wake) wake.Set();
        foreach (var thread in _threads) thread.Join();
        foreach (var wake in _wake) wake.Dispose();
    }

    private void Work(int worker)
    {
        uint seen = 0;
        while (!_stop)
        {
            uint job = WaitForJob(seen, worker - 1);
            if (!IsNew(job, seen)) continue;
            seen = job;
            var work = _work;
            void* arguments = _arguments;
            int count = _count;
            // If the caller has begun to write the next job meanwhile, the three may be mixed; then the number differs and no claim succeeds.
            Interlocked.MemoryBarrier();
            Share(job, work, arguments, count, worker);
        }
    }

    private uint WaitForJob(uint seen, int index)
    {
        for (int spins = 0; spins < SpinsBeforeSleep; spins++)
        {
            uint job = JobOf(Volatile.Read(ref _claim));
            if (IsNew(job, seen) || _stop) return job;
            Thread.SpinWait(32);
        }
        Interlocked.Exchange(ref _sleeping[index], 1);
        if (!IsNew(JobOf(Volatile.Read(ref _claim)), seen) && !_stop) _wake[index].WaitOne();
        Volatile.Write(ref _sleeping[index], 0);
        return JobOf(Volatile.Read(ref _claim));
    }

    private static uint JobOf(long claim) => (uint)(claim >> 32);

    private static bool IsNew(uint job, uint seen) => job != seen && job % 2 == 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Share(uint job, delegate*<void*, int, int, void> work, void* arguments, int count, int worker)
    {
        while (true)
        {
            long claim = Volatile.Read(ref _claim);
            int task = (int)claim;
            if (JobOf(claim) != job || task >= count) return;
            if (Interlocked.CompareExchange(ref _claim, claim + 1, claim) != claim) continue;
            work(arguments, task, worker);
            Interlocked.Increment(ref _finished);
        }
    }
}
