using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Admin;
using SkyTree.Web.Configuration;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>What is changed while the program runs counts at once, and after a start.</summary>
public sealed partial class ConfigChangeTests : IAsyncLifetime
{
    private static readonly Caller s_viewer = new("viewer", AdminRole.Viewer, null);

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-settings-").FullName;
    private InProcess? _program;

    private ConfigChanges Changes => _program!.Services.GetRequiredService<ConfigChanges>();

    private ConfigView View => _program!.Services.GetRequiredService<ConfigView>();

    private string File => Path.Combine(_folder, "settings.json");

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_limit_counts_at_once_and_after_a_start_until_it_is_undone()
    {
        using IMqttClient first = await ConnectAsync("first");
        await ChangeAsync("skytree:listeners:MQTT:limits:maxconnections", "1");
        Assert.Equal(("1", ConfigSource.Changed), Shown("SkyTree:Listeners:mqtt:Limits:MaxConnections"));
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync("second"));

        await StopAsync();
        await StartAsync();
        Assert.Equal(("1", ConfigSource.Changed), Shown("SkyTree:Listeners:mqtt:Limits:MaxConnections"));
        using IMqttClient again = await ConnectAsync("first");
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync("second"));

        await ChangeAsync("SkyTree:Listeners:mqtt:Limits:MaxConnections", null);
        Assert.Equal("1000000", Shown("SkyTree:Listeners:mqtt:Limits:MaxConnections").Value);
        Assert.NotEqual(ConfigSource.Changed, Shown("SkyTree:Listeners:mqtt:Limits:MaxConnections").Source);
        using IMqttClient second = await ConnectAsync("second");
    }

    [Fact]
    public async Task It_counts_more_than_the_command_line_and_undone_that_counts_again()
    {
        await StopAsync();
        await StartAsync("--SkyTree:Mqtt:MaximumInflight=7");
        Assert.Equal(("7", ConfigSource.Arguments), Shown("SkyTree:Mqtt:MaximumInflight"));
        await ChangeAsync("SkyTree:Mqtt:MaximumInflight", "9");
        Assert.Equal(("9", ConfigSource.Changed), Shown("SkyTree:Mqtt:MaximumInflight"));
        await ChangeAsync("SkyTree:Mqtt:MaximumInflight", null);
        Assert.Equal(("7", ConfigSource.Arguments), Shown("SkyTree:Mqtt:MaximumInflight"));
    }

    [Fact]
    public async Task Who_may_connect_and_what_no_rule_says_change_at_once()
    {
        using IMqttClient client = await ConnectAsync("first");
        await ChangeAsync("SkyTree:Access:NoMatch", "Deny");
        MqttClientPublishResult refused = await client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic("a").WithQualityOfServiceLevel(MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce).Build());
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, refused.ReasonCode);
        await ChangeAsync("SkyTree:AllowAnonymous", "Never");
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync("second"));
    }

    [Theory]
    [InlineData("SkyTree:Mqtt:MaximumInflight", "0")]
    [InlineData("SkyTree:Mqtt:MaximumInflight", "many")]
    [InlineData("SkyTree:Mqtt:MaximumInflight", "")]
    [InlineData("SkyTree:Mqtt:SharedStrategy", "Guess")]
    [InlineData("SkyTree:Mqtt:ReceiveMaximum", "10")]
    [InlineData("SkyTree:Mqtt:Nothing", "10")]
    [InlineData("SkyTree:Mqtt", "10")]
    [InlineData("SkyTree", "10")]
    [InlineData("SkyTree:", "10")]
    [InlineData("SkyTree:Data", "/elsewhere")]
    [InlineData("SkyTree:Users:0:Name", "ada")]
    [InlineData("SkyTree:Listeners:nobody:Limits:MaxConnections", "1")]
    [InlineData("SkyTree:Listeners:mqtt:Limits:MaxConnectPacketSize", "1048577")]
    [InlineData("SkyTree:Observability:TraceSampleRatio", "1.5")]
    [InlineData("SkyTree:Mqtt:MaximumInflight:Deeper", "1")]
    public async Task What_makes_no_sense_changes_nothing(string key, string value)
    {
        AdminException exception = await Assert.ThrowsAsync<AdminException>(() => Changes.ChangeAsync(
            Caller.Console, new Dictionary<string, string?> { ["SkyTree:Mqtt:MaximumSubscriptions"] = "5", [key] = value }));
        Assert.Equal("bad_config", exception.Code);
        Assert.Contains(key, exception.Fields!.Keys);
        Assert.Equal("100000", Shown("SkyTree:Mqtt:MaximumSubscriptions").Value);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task Who_has_not_seen_the_last_change_or_may_not_changes_nothing()
    {
        long version = Changes.Version;
        await ChangeAsync("SkyTree:Mqtt:MaximumSubscriptions", "5");
        Dictionary<string, string?> values = new() { ["SkyTree:Mqtt:MaximumSubscriptions"] = "6" };
        Assert.Equal("version_mismatch", (await Assert.ThrowsAsync<AdminException>(() => Changes.ChangeAsync(Caller.Console, values, version))).Code);
        Assert.Equal("denied", (await Assert.ThrowsAsync<AdminException>(() => Changes.ChangeAsync(s_viewer, values))).Code);
        Assert.Equal("5", Shown("SkyTree:Mqtt:MaximumSubscriptions").Value);
        await Changes.ChangeAsync(Caller.Console, values, version + 1);
        Assert.Equal("6", Shown("SkyTree:Mqtt:MaximumSubscriptions").Value);
    }

    [Fact]
    public async Task Everything_that_is_said_to_be_changeable_is_and_is_in_the_documentation()
    {
        IReadOnlyList<ConfigValue> all = [.. View.List(Caller.Console, "SkyTree:", changeable: true)];
        await Changes.ChangeAsync(Caller.Console, all.ToDictionary(value => value.Key, value => value.Value));
        Assert.All(all, value => Assert.Equal((value.Value, ConfigSource.Changed), Shown(value.Key)));
        await StopAsync();
        await StartAsync();
        Assert.All(all, value => Assert.Equal((value.Value, ConfigSource.Changed), Shown(value.Key)));

        string page = await System.IO.File.ReadAllTextAsync(Path.Combine(ConfigurationSources.SourceFolder()!, "docs", "http-api.md"));
        page = page[page.IndexOf("#### What can be changed while the program runs", StringComparison.Ordinal)..];
        page = page[..page.IndexOf("What CONNACK announces", StringComparison.Ordinal)];
        Assert.Equal(
            all.Select(value => Listener().Replace(value.Key, "Listeners:{name}:")).Distinct().Order(StringComparer.Ordinal),
            Keys().Matches(page).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_file_that_cannot_be_read_is_named(string text)
    {
        await StopAsync();
        await System.IO.File.WriteAllTextAsync(File, text);
        StartUpException exception = await Assert.ThrowsAsync<StartUpException>(() => StartAsync());
        Assert.Contains(File, exception.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("Listeners:[^:]+:")]
    private static partial Regex Listener();

    [GeneratedRegex("`(SkyTree:[^`]+)`")]
    private static partial Regex Keys();

    private (string? Value, ConfigSource Source) Shown(string key)
    {
        ConfigValue value = View.List(Caller.Console, key).Single(value => value.Key == key);
        return (value.Value, value.Source);
    }

    private Task ChangeAsync(string key, string? value) => Changes.ChangeAsync(Caller.Console, new Dictionary<string, string?> { [key] = value });

    private async Task StartAsync(params string[] more) => _program = await InProcess.StartAsync(_folder, more);

    private async Task StopAsync()
    {
        if (_program is { } program)
        {
            _program = null;
            await program.DisposeAsync();
        }
    }

    private Task<IMqttClient> ConnectAsync(string clientId) => _program!.ConnectAsync(clientId);
}
