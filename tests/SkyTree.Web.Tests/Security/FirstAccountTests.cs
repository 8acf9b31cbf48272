using System.Runtime.InteropServices;
using Xunit;

namespace SkyTree.Web.Tests.Security;

/// <summary>The first start of the program, and the way back in.</summary>
public sealed class FirstAccountTests
{
    private static readonly string[] s_freePorts = ["--mqtt-port", "0", "--http-port", "0"];

    [Fact]
    public async Task The_first_start_says_the_password_once_and_a_reset_says_another()
    {
        string data = Directory.CreateTempSubdirectory("skytree-test-").FullName;
        try
        {
            await using (BrokerProcess first = BrokerProcess.Start([.. s_freePorts, "--data", data]))
            {
                first.WaitUntilReady();
                await using BrokerProcess reset = BrokerProcess.Start(["reset-admin-password", "--data", data]);
                Assert.Equal(0, await reset.WaitForExitAsync());
                first.Signal(PosixSignal.SIGTERM);
                Assert.Equal(0, await first.WaitForExitAsync());
                Assert.Matches("^first start: sign in as 'admin' with the password [A-Z2-9]{25} ", Assert.Single(first.Errors, line => line.StartsWith("first start", StringComparison.Ordinal)));
            }

            await using BrokerProcess second = BrokerProcess.Start([.. s_freePorts, "--data", data], ("SKYTREE_ADMIN_PASSWORD", "short"));
            second.WaitUntilReady(); // there is an account: the variable does not count
            second.Signal(PosixSignal.SIGTERM);
            Assert.Equal(0, await second.WaitForExitAsync());
            Assert.DoesNotContain(second.Errors, line => line.StartsWith("first start", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task A_first_password_that_is_too_short_stops_the_start()
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts, ("SKYTREE_ADMIN_PASSWORD", "short"));
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.Contains(broker.Errors, line => line.StartsWith("SKYTREE_ADMIN_PASSWORD: ", StringComparison.Ordinal));
    }
}
