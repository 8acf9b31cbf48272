using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit;

namespace SkyTree.Web.Tests.Hosting;

public class ProgramTests
{
    private static readonly string[] s_freePorts = ["--mqtt-port", "0", "--http-port", "0"];

    [Fact]
    public async Task Standard_output_has_a_line_for_each_listener_and_then_ready()
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts);
        List<string> lines = broker.WaitUntilReady();
        Assert.Matches("^listening mqtt://127\\.0\\.0\\.1:[1-9][0-9]*$", lines[0]);
        Assert.Matches("^listening ws://127\\.0\\.0\\.1:[1-9][0-9]*/mqtt$", lines[1]);
        Assert.Matches("^listening http://127\\.0\\.0\\.1:[1-9][0-9]*$", lines[2]);
        Assert.Equal(["ready"], lines[3..]);
    }

    [Fact]
    public async Task IPv6_addresses_are_announced_in_brackets_and_listeners_come_from_the_environment_too()
    {
        await using BrokerProcess broker = BrokerProcess.Start(
            [.. s_freePorts, "--SkyTree:Listeners:mqtt:Address=::1"],
            ("SkyTree__Listeners__http__Enabled", "false"),
            ("SkyTree__Listeners__all__Address", "*"),
            ("SkyTree__Listeners__all__Port", "0"));
        List<string> lines = broker.WaitUntilReady();
        Assert.Matches("^listening mqtt://\\[::\\]:[1-9][0-9]*$", lines[0]);
        Assert.Matches("^listening mqtt://\\[::1\\]:[1-9][0-9]*$", lines[1]);
        Assert.Equal(["ready"], lines[2..]);
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_signal_ends_it_gracefully_with_exit_code_0(PosixSignal signal)
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts);
        List<string> lines = broker.WaitUntilReady();
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, BrokerProcess.PortOf(lines, "mqtt"));
        await client.SendTextAsync(MqttBytes.Connect("ends"));
        Assert.Equal(MqttBytes.ConnAckType, (await client.ReceiveTextAsync(1))[0]);
        broker.Signal(signal);
        string rest = await client.ReceiveTextAsync(1000);
        Assert.Contains(MqttBytes.ServerShuttingDown, rest, StringComparison.Ordinal);
        Assert.Equal(0, await broker.WaitForExitAsync());
        Assert.Empty(broker.RestOfOutput());
    }

    [Fact]
    public async Task Health_tells_that_it_lives_and_is_ready_and_the_home_page_asks_who_one_is()
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts);
        List<string> lines = broker.WaitUntilReady();
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{BrokerProcess.PortOf(lines, "http")}") };
        Assert.Equal("live\n", await http.GetStringAsync("/health/live"));
        Assert.Equal("ready\n", await http.GetStringAsync("/health/ready"));
        Assert.Contains("<h1>Sign in</h1>", await http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line_and_exit_code_1()
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        await AssertFailsAsync(
            ["--mqtt-port", $"{((IPEndPoint)other.LocalEndPoint!).Port}", "--http-port", "0"],
            $"SkyTree:Listeners:mqtt:Port: {other.LocalEndPoint} is in use");
    }

    [Theory]
    [InlineData("--wat", "--wat: there is no such option; --help shows them")]
    [InlineData("--wat=1", "--wat=1: there is no such option; --help shows them")]
    [InlineData("stray", "stray: there is no such option; --help shows them")]
    [InlineData("--mqtt-port", "--mqtt-port: a value is needed")]
    [InlineData("--SkyTree:Store:QueueLimits:MaximumMessages=-1", "SkyTree:Store:QueueLimits:MaximumMessages: '-1' is not a whole number from 0 to 1000000000000")]
    [InlineData("--SkyTree:Store:QueueLimits:Policy=Drop", "SkyTree:Store:QueueLimits:Policy: 'Drop' is not one of DropOldest, DropNewest, RejectPublisher")]
    [InlineData("--SkyTree:Store:QueueLimits:Policy=RejectPublisher", "SkyTree:Store:QueueLimits:Policy: RejectPublisher needs MaximumMessages or MaximumBytes; what is over age is dropped whatever the policy")]
    [InlineData("--mqtt-port=x", "SkyTree:Listeners:mqtt:Port: 'x' is not a whole number from 0 to 65535")]
    [InlineData("--data=/dev/null/data", "SkyTree:Data: '/dev/null/data' cannot be written: Could not find a part of the path '/dev/null/data'.")]
    [InlineData("--SkyTree:Listeners=mqtt", "SkyTree:Listeners: 'mqtt' is a value where a section is expected")]
    [InlineData("--SkyTree:Users=bob", "SkyTree:Users: 'bob' is a value where a list is expected")]
    [InlineData("--Logging:LogLevel:Default=Verbose", "Logging:LogLevel:Default: 'Verbose' is not one of Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData("--Logging:Console:LogLevel:Default=1", "Logging:Console:LogLevel:Default: '1' is not one of Trace, Debug, Information, Warning, Error, Critical, None")]
    public async Task A_bad_flag_is_one_clear_line_and_exit_code_1(string flag, string expected) => await AssertFailsAsync([flag], expected);

    [Fact]
    public async Task Flags_that_contradict_each_other_are_refused()
        => await AssertFailsAsync(
            ["--allow-anonymous", "--mqtt-port", "0", "--SkyTree:AllowAnonymous=Never", "--SkyTree:Listeners:mqtt:Port=1"],
            "SkyTree:AllowAnonymous: is 'Always' by --allow-anonymous and 'Never' by --SkyTree:AllowAnonymous",
            "SkyTree:Listeners:mqtt:Port: is '0' by --mqtt-port and '1' by --SkyTree:Listeners:mqtt:Port");

    [Fact]
    public async Task A_section_whose_name_is_misspelt_is_one_clear_line_from_the_file_and_from_the_environment()
    {
        using TestCertificates folder = new();
        string file = folder.Write("skytree.json", """{ "SkyTee": { "Data": "." }, "Loging": { "LogLevel": { "Default": "Debug" } } }""");
        await using BrokerProcess broker = BrokerProcess.Start([], ("SKYTREE_CONFIG", file), ("SKYTREE_Mqtt__MaximumQoS", "1"), ("Other__Program", "1"));
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.Equal(
            [
                "Loging: there is no such section; did you mean Logging?",
                "SKYTREE_Mqtt: there is no such section; did you mean SkyTree?",
                "SkyTee: there is no such section; did you mean SkyTree?",
            ],
            broker.Errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_reported_together_by_full_key()
        => await AssertFailsAsync(
            [
                "--SkyTree:Mqtt:RecieveMaximum=5",
                "--SkyTree:Mqtt:MaximumQoS=3",
                "--SkyTree:Listeners:tls:Enabled=true",
                "--SkyTree:Listeners:tls:Certificate:Path=/nowhere/server.pem",
                "--SkyTree:Listeners:mqtt:Address=example",
                "--SkyTree:Listeners:mqtt:Limits:MaxPacketSize=1",
                "--SkyTree:Users:0:Name=sensor",
                "--SkyTree:Users:0:Credential=secret",
            ],
            "SkyTree:Listeners:mqtt:Address: 'example' is neither an IP address nor *",
            "SkyTree:Listeners:mqtt:Limits:MaxPacketSize: '1' is not a whole number from 64 to 268435460",
            "SkyTree:Listeners:tls:Certificate:Path: file '/nowhere/server.pem' does not exist",
            "SkyTree:Mqtt:MaximumQoS: '3' is not a whole number from 0 to 2",
            "SkyTree:Mqtt:RecieveMaximum: there is no such option; did you mean ReceiveMaximum?",
            "SkyTree:Users:0:Credential is not of the form SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>");

    [Fact]
    public async Task Unreadable_certificates_are_reported_together_by_full_key()
    {
        using TestCertificates certificates = new();
        string empty = certificates.Write("empty.pem", "nothing");
        string other = certificates.WriteServer("other");
        string mine = certificates.WriteServer("mine");
        await using BrokerProcess broker = BrokerProcess.Start(
            [
                .. s_freePorts,
                "--SkyTree:Listeners:a:Kind=Tls", "--SkyTree:Listeners:a:Port=0", $"--SkyTree:Listeners:a:Certificate:Path={empty}",
                "--SkyTree:Listeners:b:Kind=Tls", "--SkyTree:Listeners:b:Port=0", $"--SkyTree:Listeners:b:Certificate:Path={mine}.pem",
                $"--SkyTree:Listeners:b:Certificate:KeyPath={other}.key",
            ]);
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.Collection(
            broker.Errors,
            line => Assert.StartsWith($"SkyTree:Listeners:a:Certificate: '{empty}' cannot be used: ", line, StringComparison.Ordinal),
            line => Assert.Equal(
                $"SkyTree:Listeners:b:Certificate: '{mine}.pem' cannot be used: the key in '{other}.key' cannot be read or does not belong to the certificate", line));
    }

    [Fact]
    public async Task Without_a_section_for_the_log_only_the_broker_itself_is_heard()
    {
        using TestCertificates folder = new();
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts, ("SKYTREE_CONFIG", folder.Write("skytree.json", "{}")));
        broker.WaitUntilReady();
        broker.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await broker.WaitForExitAsync());
        Assert.All(broker.Errors.Where(line => !line.StartsWith("first start: ", StringComparison.Ordinal)), line => Assert.Contains(" info: SkyTree.", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_file_that_SKYTREE_CONFIG_names_is_overridden_by_the_environment_and_that_by_flags()
    {
        using TestCertificates folder = new();
        string file = folder.Write(
            "skytree.json", """{ "SkyTree": { "Mqtt": { "MaximumQoS": 7, "ReceiveMaximum": 0, "MaximumTopicLevels": 0 } } }""");
        await using BrokerProcess broker = BrokerProcess.Start(
            ["--SkyTree:Mqtt:MaximumTopicLevels=-2"], ("SKYTREE_CONFIG", file), ("SkyTree__Mqtt__ReceiveMaximum", "-1"), ("SkyTree__Mqtt__MaximumTopicLevels", "-1"));
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.Equal(
            [
                "SkyTree:Mqtt:MaximumQoS: '7' is not a whole number from 0 to 2",
                "SkyTree:Mqtt:MaximumTopicLevels: '-2' is not a whole number from 1 to 65535",
                "SkyTree:Mqtt:ReceiveMaximum: '-1' is not a whole number from 1 to 65535",
            ],
            broker.Errors.Order());
    }

    [Fact]
    public async Task A_configuration_file_that_is_no_JSON_is_one_clear_line()
    {
        using TestCertificates folder = new();
        string file = folder.Write("skytree.json", """{ "SkyTree": """);
        await using BrokerProcess broker = BrokerProcess.Start([], ("SKYTREE_CONFIG", file));
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.StartsWith($"Failed to load configuration from file '{file}'.", Assert.Single(broker.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_file_that_is_not_there_is_one_clear_line()
    {
        await using BrokerProcess broker = BrokerProcess.Start([], ("SKYTREE_CONFIG", "/nowhere/skytree.json"));
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.Equal(["SKYTREE_CONFIG: file '/nowhere/skytree.json' does not exist"], broker.Errors);
    }

    [Fact]
    public void It_runs_with_the_workstation_collector_which_gives_memory_back_after_a_storm_of_connections()
    {
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "SkyTree.Web.runtimeconfig.json")));
        Assert.False(settings.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty("System.GC.Server").GetBoolean());
    }

    [Theory]
    [InlineData("--version", "SkyTree 0.1.0")]
    [InlineData("--help", "Usage: SkyTree.Web [options]")]
    public async Task A_question_is_answered_on_standard_output(string flag, string expected)
    {
        await using BrokerProcess broker = BrokerProcess.Start([flag]);
        Assert.Equal(0, await broker.WaitForExitAsync());
        Assert.Equal(expected, broker.RestOfOutput()[0]);
        Assert.Empty(broker.Errors);
    }

    [Fact]
    public async Task A_password_becomes_a_credential_that_the_configuration_takes()
    {
        await using BrokerProcess hash = BrokerProcess.Start(["--hash-password"]);
        await hash.WriteLineAsync("secret");
        Assert.Equal(0, await hash.WaitForExitAsync());
        string credential = Assert.Single(hash.RestOfOutput());
        await using BrokerProcess broker = BrokerProcess.Start([.. s_freePorts, "--SkyTree:Users:0:Name=sensor", $"--SkyTree:Users:0:Credential={credential}"]);
        Assert.Contains("ready", broker.WaitUntilReady());
    }

    private static async Task AssertFailsAsync(string[] arguments, params string[] expected)
    {
        await using BrokerProcess broker = BrokerProcess.Start(arguments);
        Assert.Equal(1, await broker.WaitForExitAsync());
        Assert.Equal(expected, broker.Errors.Order(StringComparer.Ordinal));
        Assert.Empty(broker.RestOfOutput());
    }
}
