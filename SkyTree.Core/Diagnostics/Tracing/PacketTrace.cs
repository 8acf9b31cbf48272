using System.Text;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Diagnostics.Tracing;

/// <summary>A recording of packets: of one client, of one address, or of messages of a filter. Bounded in time and in bytes.</summary>
/// <param name="id">Its id, the same on all nodes.</param>
/// <param name="clientId">Of this client, or null.</param>
/// <param name="filter">PUBLISH packets whose topics match, or null.</param>
/// <param name="address">Of this address without port, or null.</param>
/// <param name="startedMs">When it began, in Unix milliseconds.</param>
/// <param name="endsMs">When it ends.</param>
/// <param name="maximumBytes">So much it holds.</param>
internal sealed class PacketTrace(Guid id, string? clientId, string? filter, string? address, long startedMs, long endsMs, int maximumBytes)
{
    private readonly Lock _gate = new();
    private readonly List<(long AtMs, string Line)> _lines = []; // guarded by _gate
    private int _bytes; // guarded by _gate
    private volatile bool _stopped;

    public Guid Id => id;

    public string? ClientId => clientId;

    public string? Filter => filter;

    public string? Address => address;

    public long StartedMs => startedMs;

    public long EndsMs => endsMs;

    public int MaximumBytes => maximumBytes;

    /// <summary>Whether it has held as much as it may.</summary>
    public bool IsFull { get; private set; } // written under _gate

    /// <summary>Whether it records.</summary>
    public bool IsOn(long nowMs) => !_stopped && nowMs < endsMs;

    /// <summary>Lines and bytes in it.</summary>
    public (int Lines, int Bytes) Size
    {
        get
        {
            lock (_gate)
            {
                return (_lines.Count, _bytes);
            }
        }
    }

    public void Stop() => _stopped = true;

    /// <summary>Whether it wants a packet.</summary>
    /// <param name="client">Whose; null: nobody's yet.</param>
    /// <param name="from">The address.</param>
    /// <param name="topic">The topic of a PUBLISH, else null.</param>
    public bool Wants(string? client, string? from, string? topic) =>
        (clientId is null || client == clientId)
        && (address is null || from == address)
        && (filter is null || (topic is { Length: > 0 } && TopicFilter.Matches(filter, topic)));

    public void Add(long atMs, string line)
    {
        lock (_gate)
        {
            int bytes = Encoding.UTF8.GetByteCount(line) + 1;
            if (_bytes + bytes > maximumBytes)
            {
                IsFull = true;
                _stopped = true;
                return;
            }

            _lines.Add((atMs, line));
            _bytes += bytes;
        }
    }

    public List<(long AtMs, string Line)> Read()
    {
        lock (_gate)
        {
            return [.. _lines];
        }
    }
}
