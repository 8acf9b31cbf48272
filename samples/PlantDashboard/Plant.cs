using System.Collections.Concurrent;

namespace PlantDashboard;

/// <summary>What the machines have said last.</summary>
internal sealed class Plant
{
    /// <summary>Values by name of the machine and of the value.</summary>
    public ConcurrentDictionary<string, ConcurrentDictionary<string, string>> Machines { get; } = new();
}
