using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyTree.Web.Configuration;
using Xunit;

namespace SkyTree.Web.Tests.Deploy;

/// <summary>The service of Windows, as far as it can be known to be right on another system.</summary>
public sealed partial class WindowsServiceTests
{
    private static readonly string s_script = File.ReadAllText(DeployFile.PathOf("windows/install-service.cmd"));

    [Fact]
    public void Where_no_service_manager_of_Windows_has_started_it_the_program_ends_as_a_program_does()
    {
        WebApplicationBuilder builder = SkyTreeProgram.CreateBuilder(CommandLine.Parse([]));
        using ServiceProvider services = builder.Services.BuildServiceProvider();
        Assert.Equal("ConsoleLifetime", services.GetRequiredService<IHostLifetime>().GetType().Name);
    }

    [Fact]
    public async Task The_program_knows_what_the_service_is_started_with()
    {
        Assert.All(s_script.Split('\n')[..^1], line => Assert.EndsWith("\r", line, StringComparison.Ordinal)); // cmd.exe loses its way otherwise
        Match command = Command().Match(s_script);
        Assert.True(command.Success);
        Assert.Equal(SkyTreeProgram.WindowsServiceName, command.Groups["name"].Value);
        Assert.Equal("SkyTree.Web.exe", command.Groups["program"].Value);
        Assert.Contains("\"SKYTREE_CONFIG=%DATA%\\appsettings.json\"", s_script, StringComparison.Ordinal);

        string[] options = [.. command.Groups["options"].Value.Split(' ').Select(option => option.Replace("\\\"", "", StringComparison.Ordinal).Replace("%DATA%", "/var/lib/skytree", StringComparison.Ordinal))];
        await using BrokerProcess program = BrokerProcess.Start([.. options, "--check"]);
        Assert.Equal(0, await program.WaitForExitAsync());
    }

    [GeneratedRegex("""sc\.exe create (?<name>\S+) binPath= "\\"%~dp0(?<program>[^\\]+)\\" (?<options>.*)" start= """)]
    private static partial Regex Command();
}
