using Xunit;

namespace SkyTree.Web.Tests.Storage;

/// <summary>Runs the program's commands.</summary>
internal static class Program
{
    /// <summary>Runs one that must succeed; gives its one line of output.</summary>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        await using BrokerProcess process = BrokerProcess.Start(arguments);
        int exit = await process.WaitForExitAsync();
        Assert.True(exit == 0, string.Join("; ", process.Errors));
        return Assert.Single(process.RestOfOutput());
    }

    /// <summary>Runs one that must fail; gives its one line on standard error.</summary>
    public static async Task<string> FailAsync(params string[] arguments)
    {
        await using BrokerProcess process = BrokerProcess.Start(arguments);
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Empty(process.RestOfOutput());
        return Assert.Single(process.Errors);
    }
}
