using System.Diagnostics;
using SkyTree.Bench.Measuring;

namespace SkyTree.Bench.Durable;

/// <summary>Makes durable sessions, each with one subscription, and leaves them offline.</summary>
internal static class SessionsRun
{
    public static Figures Run(BenchOptions options)
    {
        StoredSet set = new(options);
        long start = Stopwatch.GetTimestamp();
        SessionCrew.Run(options, options.Count, (number, worker, endPoint, source) =>
        {
            using DurableSession session = new(options, set, number);
            session.Open(worker, endPoint, source);
            session.Subscribe(worker);
            session.Leave(worker);
        });

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Figures()
            .Add("sessions", options.Count, 0)
            .Add("seconds", seconds, 3)
            .Add("sessions_per_s", options.Count / seconds, 0);
    }
}
