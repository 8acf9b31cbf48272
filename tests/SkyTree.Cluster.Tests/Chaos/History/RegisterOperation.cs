namespace SkyTree.Cluster.Tests.Chaos.History;

/// <summary>Something that a client did to a register: it set a value, or saw one.</summary>
/// <param name="Client">Who.</param>
/// <param name="IsSet">Whether it set the value.</param>
/// <param name="Value">The value; empty for what is there before anybody has set anything.</param>
/// <param name="CalledAt">It happened no earlier.</param>
/// <param name="ReturnedAt">It happened by then; null for what was set, if it was, at a time that nobody knows.</param>
internal sealed record RegisterOperation(string Client, bool IsSet, string Value, TimeSpan CalledAt, TimeSpan? ReturnedAt)
{
    /// <summary>The last moment at which it may have happened.</summary>
    public TimeSpan Latest => ReturnedAt ?? TimeSpan.MaxValue;

    public override string ToString() => FormattableString.Invariant(
        $"{Client} {(IsSet ? "sets" : "sees")} {(Value.Length == 0 ? "nothing" : $"'{Value}'")} ({CalledAt.TotalSeconds:F4} s to {(ReturnedAt is { } at ? $"{at.TotalSeconds:F4} s" : "nobody knows when")})");
}
