using Xunit;

namespace SkyTree.Cluster.Tests;

/// <summary>Tests that start several processes of the program: one after the other, and beside no others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessesCollection
{
    public const string Name = "Processes of the program";
}
