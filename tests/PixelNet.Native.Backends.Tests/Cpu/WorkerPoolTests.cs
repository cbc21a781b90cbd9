using PixelNet.Native.Backends.Cpu;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

public sealed unsafe class WorkerPoolTests
{
    private const int MaxTasks = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_task_of_every_job_runs_exactly_once(int threads)
    {
        using var pool = new WorkerPool(threads);
        var job = new CountingJob { Threads = threads };
        for (int round = 0; round < 3000; round++)
        {
            int count = round * 7 % MaxTasks;
            job.Reset();
            pool.Run(&CountingJob.Run, &job, count);
            for (int task = 0; task < MaxTasks; task++) Assert.Equal(task < count ? 1 : 0, job.Runs[task]);
            Assert.Equal(0, job.Errors);
        }
    }

    [Fact]
    public void Workers_that_sleep_wake_up_for_the_next_job()
    {
        using var pool = new WorkerPool(3);
        var job = new MeetingJob { Expected = 3 };
        for (int round = 0; round < 20; round++)
        {
            job.Arrived = 0;
            if (round % 5 == 0) Thread.Sleep(20);
            // Each task waits for the others, so this ends only if every worker came.
            pool.Run(&MeetingJob.Run, &job, 3);
            Assert.Equal(3, job.Arrived);
        }
    }

    [Fact]
    public void A_job_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        var job = new CountingJob { Threads = 2 };
        long least = long.MaxValue;
        // The runtime itself may allocate something once, so the least of a few rounds counts.
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) pool.Run(&CountingJob.Run, &job, 100);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    private struct CountingJob
    {
        public fixed int Runs[MaxTasks];
        public fixed int Busy[8];
        public int Threads, Errors;

        public void Reset()
        {
            for (int i = 0; i < MaxTasks; i++) Runs[i] = 0;
        }

        public static void Run(void* arguments, int task, int worker)
        {
            var job = (CountingJob*)arguments;
            if ((uint)worker >= (uint)job->Threads || Interlocked.Exchange(ref job->Busy[worker], 1) != 0) Interlocked.Increment(ref job->Errors);
            Interlocked.Increment(ref job->Runs[task]);
            Volatile.Write(ref job->Busy[worker], 0);
        }
    }

    private struct MeetingJob
    {
        public int Expected, Arrived;

        public static void Run(void* arguments, int task, int worker)
        {
            var job = (MeetingJob*)arguments;
            Interlocked.Increment(ref job->Arrived);
            var spin = new SpinWait();
            while (Volatile.Read(ref job->Arrived) < job->Expected) spin.SpinOnce();
        }
    }
}
