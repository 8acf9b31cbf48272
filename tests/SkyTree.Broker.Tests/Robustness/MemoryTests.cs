namespace SkyTree.Broker.Tests.Robustness;

/// <summary>Tests that measure memory run alone.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests;
