using System.Diagnostics.Metrics;

namespace SkyTree.Broker.Tests.Observability;

/// <summary>The meters of one broker, and who reads them.</summary>
internal sealed class MeterReading : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly MeterListener _listener = new();
    private readonly List<(string Name, Dictionary<string, object?> Tags, double Value)> _values = [];

    public MeterReading()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter))
            {
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>What an instrument says now, of the measurements that have a tag's value, in all.</summary>
    public double Read(string name, string? tag = null, string? value = null)
    {
        lock (_values)
        {
            _values.RemoveAll(entry => Instruments.Find(instrument => instrument.Name == entry.Name)!.IsObservable);
        }

        _listener.RecordObservableInstruments();
        lock (_values)
        {
            return _values.Where(entry => entry.Name == name && (tag is null || Equals(entry.Tags.GetValueOrDefault(tag), value))).Sum(entry => entry.Value);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(meter => meter.Dispose());
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_values)
        {
            _values.Add((instrument.Name, new Dictionary<string, object?>(tags.ToArray()), value));
        }
    }
}
