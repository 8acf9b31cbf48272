namespace SkyTree.Core.Registry;

/// <summary>One change of a command that changes the registry.</summary>
/// <param name="Collection">What it changes.</param>
/// <param name="Key">Which entry: 1 to 1,024 bytes in UTF-8, without U+0000.</param>
/// <param name="Content">What it says from now on; null: it is removed.</param>
internal sealed record RegistryChange(RegistryCollection Collection, string Key, ReadOnlyMemory<byte>? Content)
{
    /// <summary>The version that the entry must have; 0: it must not be there; null: whatever it is.</summary>
    public long? Expected { get; init; }
}

/// <summary>The version that a whole collection must have: what the changes depend on beyond the entries that they change.</summary>
internal readonly record struct RegistryCondition(RegistryCollection Collection, long Version);
