namespace SkyTree.Core.Diagnostics;

/// <summary>Samples of the last hour, day and week, each in steps of its own. Bounded: some 400 KiB.</summary>
internal sealed class StatHistory
{
    private readonly Lock _gate = new();
    private readonly Series[] _series = [new(10, 360), new(60, 1440), new(600, 1008)]; // guarded by _gate

    /// <summary>Adds a sample to each series for which it is time.</summary>
    /// <param name="nowMs">The time in Unix milliseconds.</param>
    /// <param name="take">Takes the sample, if one is wanted.</param>
    public void Add(long nowMs, Func<StatSample> take)
    {
        lock (_gate)
        {
            StatSample? sample = null;
            foreach (Series series in _series)
            {
                long step = nowMs / (series.StepSeconds * 1000L);
                if (step > series.LastStep)
                {
                    series.Add(step, sample ??= take());
                }
            }
        }
    }

    /// <summary>The samples of a range, oldest first, each with its time in Unix milliseconds.</summary>
    /// <param name="range">The range.</param>
    public List<(long AtMs, StatSample Sample)> Read(StatRange range)
    {
        lock (_gate)
        {
            return _series[(int)range].Read();
        }
    }

    /// <summary>The seconds between two samples of a range.</summary>
    public static int StepSeconds(StatRange range) => range switch { StatRange.Hour => 10, StatRange.Day => 60, _ => 600 };

    private sealed class Series(int stepSeconds, int length)
    {
        private readonly (long Step, StatSample Sample)[] _ring = new (long, StatSample)[length];
        private long _count;

        public int StepSeconds => stepSeconds;

        public long LastStep { get; private set; } = long.MinValue;

        public void Add(long step, StatSample sample)
        {
            _ring[_count++ % length] = (step, sample);
            LastStep = step;
        }

        public List<(long AtMs, StatSample Sample)> Read()
        {
            var samples = new List<(long, StatSample)>();
            for (long i = Math.Max(0, _count - length); i < _count; i++)
            {
                (long step, StatSample sample) = _ring[i % length];
                samples.Add((step * stepSeconds * 1000L, sample));
            }

            return samples;
        }
    }
}

/// <summary>How far a chart goes back.</summary>
public enum StatRange
{
    /// <summary>One hour, in steps of 10 seconds.</summary>
    Hour,

    /// <summary>24 hours, in steps of a minute.</summary>
    Day,

    /// <summary>Seven days, in steps of 10 minutes.</summary>
    Week,
}
