using Xunit;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>A cluster of three that tests of a class use one after the other; each leaves it whole.</summary>
public sealed class ThreeNodes : IAsyncLifetime
{
    internal ScriptedCluster Cluster { get; } = new();

    /// <summary>What <c>up 3</c> said.</summary>
    internal IReadOnlyList<NodeLine> Started { get; private set; } = [];

    public async ValueTask InitializeAsync() => Started = await Cluster.UpAsync(3);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
