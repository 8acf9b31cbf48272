using SkyTree.Embedding.Tests.Harness;
using Xunit;

namespace SkyTree.Embedding.Tests;

/// <summary>One process of the application for all tests of a class.</summary>
public sealed class ForeignApplication : IAsyncLifetime
{
    internal static string Program { get; } = Repository.Program("tests/SkyTree.Embedding.App");

    internal ApplicationProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Process = await ApplicationProcess.StartAsync(Program);

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
