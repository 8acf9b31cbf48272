namespace SkyTree.Cluster.Tests.Chaos.History;

/// <summary>What clients did to registers, as they saw it. Thread-safe.</summary>
internal sealed class RegisterHistory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<RegisterOperation>> _registers = []; // guarded by _gate

    /// <summary>How often something was set, as far as is known.</summary>
    public int Sets => Count(operation => operation is { IsSet: true, ReturnedAt: not null });

    /// <summary>How often it is not known whether something was set.</summary>
    public int Unknown => Count(operation => operation.ReturnedAt is null);

    /// <summary>How often somebody looked.</summary>
    public int Sights => Count(operation => !operation.IsSet);

    /// <summary>Something was done, or may have been.</summary>
    public void Add(string register, RegisterOperation operation)
    {
        lock (_gate)
        {
            if (!_registers.TryGetValue(register, out List<RegisterOperation>? operations))
            {
                _registers[register] = operations = [];
            }

            operations.Add(operation);
        }
    }

    /// <summary>A line for each register whose history is not linearizable.</summary>
    public IReadOnlyList<string> Check()
    {
        lock (_gate)
        {
            return [.. _registers.Select(pair => (pair.Key, Why: RegisterChecker.Judge(pair.Value))).Where(found => found.Why is not null).Select(found => $"{found.Key}: {found.Why}")];
        }
    }

    private int Count(Func<RegisterOperation, bool> counts)
    {
        lock (_gate)
        {
            return _registers.Values.Sum(operations => operations.Count(counts));
        }
    }
}
