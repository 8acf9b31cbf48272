using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Xunit;

namespace SkyTree.Web.Tests.Deploy;

/// <summary>This platform's archive, unpacked where there is nothing but the packages that its README names, and no environment.</summary>
public sealed partial class ArchiveTests : IDisposable
{
    private const string Password = "correct horse battery";

    // The machine's devices and processes, as every root has them.
    private const string Enter = """mount --rbind /dev "$0/dev" && mount --rbind /proc "$0/proc" && cd / && exec env -i SKYTREE_ADMIN_PASSWORD="$ADMIN" SKYTREE_API_KEY= SKYTREE_USER=admin SKYTREE_PASSWORD="$ADMIN" /usr/sbin/chroot "$0" "$@" """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);
    private static readonly MqttClientFactory s_mqtt = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-archive-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_unpacked_in_a_bare_root_serves_clients_pages_and_commands_and_keeps_its_data()
    {
        string platform = $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        (int exitCode, string said) = DeployFile.Run(Path.Combine(DeployFile.Root, "package.sh"), "--output", _folder, platform);
        Assert.True(exitCode == 0, said);
        Assert.EndsWith("lacks nothing\n", said, StringComparison.Ordinal);
        string archive = Directory.GetFiles(_folder, "*.tar.gz").Single();
        Succeeds("bash", "-c", "cd \"$0\" && sha256sum --check SHA256SUMS", _folder);

        string root = Path.Combine(_folder, "root");
        string needed = Packages().Match(await File.ReadAllTextAsync(DeployFile.PathOf("archive/README.md"))).Groups[1].Value;
        Succeeds(Path.Combine(DeployFile.Root, "tests/SkyTree.Web.Tests/Deploy/bare-root.sh"), [root, .. needed.Split(' ')]);
        Succeeds("tar", "-xzf", archive, "-C", Path.Combine(root, "opt"));
        string unpacked = "/opt/" + Path.GetFileName(archive).Replace(".tar.gz", "", StringComparison.Ordinal);
        Assert.True(File.Exists(root + unpacked + "/systemd/skytree.service"));

        using (Process broker = Start(root, $"{unpacked}/SkyTree.Web", "--mqtt-port", "0", "--http-port", "0", "--data", "/srv/data"))
        {
            (int mqtt, Uri http) = await ReadyAsync(broker);
            using HttpClient pages = new() { BaseAddress = http, Timeout = s_deadline };
            string page = await pages.GetStringAsync("login");
            string[] files = [.. Files().Matches(page).Select(match => match.Groups[1].Value).Where(file => file.Contains('.', StringComparison.Ordinal)).Distinct()];
            Assert.True(files.Length >= 3, page);
            foreach (string file in files)
            {
                Assert.NotEmpty(await pages.GetByteArrayAsync(file));
            }

            using (IMqttClient reader = await ConnectAsync(mqtt, "reader"))
            {
                await reader.SubscribeAsync(s_mqtt.CreateSubscribeOptionsBuilder().WithTopicFilter("kept/#", MqttQualityOfServiceLevel.AtLeastOnce).Build());
                await reader.DisconnectAsync();
            }

            using Process command = Start(root, $"{unpacked}/skytree", "publish", "kept/a", "through the archive", "--qos", "1", "--server", http.ToString());
            string output = await command.StandardOutput.ReadToEndAsync();
            string errors = await command.StandardError.ReadToEndAsync();
            await command.WaitForExitAsync();
            Assert.True(command.ExitCode == 0 && output.Contains("stored at offset", StringComparison.Ordinal), output + errors);
            await StopAsync(broker);
        }

        using (Process broker = Start(root, $"{unpacked}/SkyTree.Web", "--mqtt-port", "0", "--http-port", "0", "--data", "/srv/data"))
        {
            (int mqtt, _) = await ReadyAsync(broker);
            TaskCompletionSource<string> received = new(TaskCreationOptions.RunContinuationsAsynchronously);
            using IMqttClient reader = await ConnectAsync(mqtt, "reader", received);
            Assert.Equal("through the archive", await received.Task.WaitAsync(s_deadline));
            await StopAsync(broker);
        }
    }

    [Fact]
    public void A_platform_that_there_is_not_is_refused()
    {
        (int exitCode, string said) = DeployFile.Run(Path.Combine(DeployFile.Root, "package.sh"), "--output", _folder, "plan9-mips");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("package.sh: 'plan9-mips' is none of ", said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private static async Task<IMqttClient> ConnectAsync(int port, string clientId, TaskCompletionSource<string>? received = null)
    {
        IMqttClient client = s_mqtt.CreateMqttClient();
        client.ApplicationMessageReceivedAsync += message =>
        {
            received?.TrySetResult(message.ApplicationMessage.ConvertPayloadToString());
            return Task.CompletedTask;
        };
        await client.ConnectAsync(s_mqtt.CreateClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithCleanStart(false).WithSessionExpiryInterval(1000)
            .WithTcpServer("127.0.0.1", port).WithNoKeepAlive().WithTimeout(s_deadline).Build());
        return client;
    }

    private static Process Start(string root, params string[] command)
    {
        string[] asRoot = Environment.IsPrivilegedProcess ? [] : ["--map-root-user"];
        ProcessStartInfo start = new("unshare", [.. asRoot, "--mount", "--", "/bin/sh", "-c", Enter, root, .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ADMIN"] = Password;
        return Process.Start(start)!;
    }

    private static async Task<(int Mqtt, Uri Http)> ReadyAsync(Process broker)
    {
        Task<string> errors = broker.StandardError.ReadToEndAsync(); // read, so that nothing waits for it
        List<Uri> listening = [];
        while (await broker.StandardOutput.ReadLineAsync().WaitAsync(s_deadline) is { } line)
        {
            if (line == "ready")
            {
                return (listening.Single(uri => uri.Scheme == "mqtt").Port, listening.Single(uri => uri.Scheme == "http"));
            }

            if (line.StartsWith("listening ", StringComparison.Ordinal))
            {
                listening.Add(new Uri(line.Split(' ')[1]));
            }
        }

        throw new InvalidOperationException(await errors);
    }

    private static async Task StopAsync(Process broker)
    {
        Succeeds("kill", "-TERM", broker.Id.ToString(CultureInfo.InvariantCulture));
        await broker.WaitForExitAsync().WaitAsync(s_deadline);
        Assert.Equal(0, broker.ExitCode);
    }

    private static void Succeeds(string program, params string[] arguments)
    {
        (int exitCode, string output) = DeployFile.Run(program, arguments);
        Assert.True(exitCode == 0, output);
    }

    [GeneratedRegex("`apt-get install ([^`]+)`")]
    private static partial Regex Packages();

    [GeneratedRegex("(?:src|href)=\"([^\":?]+)\"")]
    private static partial Regex Files();
}
