using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Protocol;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore;
using SkyTree.AspNetCore.Hooks;
using SkyTree.Core.Hooks;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Web.Tests.Api;
using SkyTree.Web.Tests.Storage;
using Xunit;

namespace SkyTree.Web.Tests.Hooks;

/// <summary>Hooks of an application that hosts the broker, with clients on sockets.</summary>
public sealed class ApplicationHookTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);
    private readonly DataFolders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public async Task The_documented_hooks_do_what_is_said_of_them()
    {
        await using InProcess program = await InProcess.StartAsync(_folders["data"], Documented.Add, "--SkyTree:AllowAnonymous=Never", "--SkyTree:Users:0:Name=ada", $"--SkyTree:Users:0:Credential={ScramCredential.Create("lovelace", ScramCredential.MinimumIterations).Format()}");
        await Assert.ThrowsAnyAsync<Exception>(() => program.ConnectAsync("nobody"));
        await Assert.ThrowsAnyAsync<Exception>(() => program.ConnectAsync("meter", 0, "meter-1", "wrong"));
        using IMqttClient ada = await program.ConnectAsync("ada", 0, "ada", "lovelace"); // of the configuration
        using var seen = new Inbox(ada);
        Assert.Equal(MqttClientSubscribeResultCode.TopicFilterInvalid, await SubscribeAsync(ada, "#"));
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await SubscribeAsync(ada, "+/#"));
        using IMqttClient meter = await program.ConnectAsync("meter", 0, "meter-1", "s3cret");
        Assert.Equal(("presence/meter", "online"), await seen.NextAsync(topic => topic.StartsWith("presence/meter", StringComparison.Ordinal)));
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await SubscribeAsync(meter, "south/#"));
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await PublishAsync(meter, "south/person", "{}")).ReasonCode);
        Assert.Equal(MqttClientPublishReasonCode.QuotaExceeded, (await PublishAsync(meter, "north/large", new string('x', 65 * 1024))).ReasonCode);
        await PublishAsync(meter, "north/secret", "x");
        await PublishAsync(meter, "north/person", """{"name":"Ada","birthday":"1815-12-10"}""");
        Assert.Equal(("north/person", """{"name":"Ada"}"""), await seen.NextAsync(topic => !topic.StartsWith("presence/", StringComparison.Ordinal)));
        Assert.Equal("received-at", Assert.Single(seen.Last!.UserProperties).Name);
        program.Services.GetRequiredService<Maintenance>().IsOn = true;
        await Assert.ThrowsAnyAsync<Exception>(() => program.ConnectAsync("late", 0, "ada", "lovelace"));
        await meter.DisconnectAsync();
        Assert.Equal(("presence/meter", "offline"), await seen.NextAsync(topic => topic == "presence/meter"));
    }

    [Fact]
    public void The_hooks_of_the_page_are_those_that_are_tested_here()
    {
        string code = Flat(File.ReadAllText(Path.Combine(Repository(), "tests/SkyTree.Web.Tests/Hooks/DocumentedHooks.cs")));
        string[] snippets = [.. File.ReadAllText(Path.Combine(Repository(), "docs/hooks.md")).Split("```csharp\n").Skip(1).Select(part => part.Split("```")[0])
            .Where(snippet => snippet.Contains("class ", StringComparison.Ordinal))];
        Assert.InRange(snippets.Length, 8, 30);
        Assert.All(snippets, snippet => Assert.Contains(Flat(snippet), code, StringComparison.Ordinal));

        static string Flat(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(MqttQualityOfServiceLevel.AtLeastOnce)]
    [InlineData(MqttQualityOfServiceLevel.ExactlyOnce)]
    public async Task What_a_durable_session_is_not_to_get_comes_neither_at_the_next_connection_nor_from_the_next_process(MqttQualityOfServiceLevel qos)
    {
        for (int run = 0; run < 2; run++)
        {
            await using InProcess program = await InProcess.StartAsync(_folders["data"], services => services.AddSkyTreeHook<EvenOnly>());
            var taken = new ConcurrentQueue<string>();
            Task Take(MqttApplicationMessageReceivedEventArgs message)
            {
                taken.Enqueue(message.ApplicationMessage.ConvertPayloadToString());
                return Task.CompletedTask;
            }

            if (run == 0)
            {
                using IMqttClient first = await program.ConnectAsync("reader", Take);
                await first.SubscribeAsync("numbers", qos);
                await first.DisconnectAsync(new MqttClientDisconnectOptions { SessionExpiryInterval = 1000 });
            }

            using IMqttClient publisher = await program.ConnectAsync("publisher");
            for (int i = 0; i < 50; i++)
            {
                await publisher.PublishStringAsync("numbers", $"{(run * 50) + i}", qos);
            }

            using IMqttClient reader = await program.ConnectAsync("reader", Take);
            string[] expected = [.. Enumerable.Range(run * 50, 50).Where(number => number % 2 == 0).Select(number => $"{number}")];
            await UntilAsync(() => taken.Count >= expected.Length);
            Assert.Equal(expected, taken);
            await UntilAsync(() => program.Broker.FindLag("reader") == 0); // so the next process has nothing left of it
            await reader.DisconnectAsync(new MqttClientDisconnectOptions { SessionExpiryInterval = 1000 });
        }
    }

    [Fact]
    public async Task Several_are_asked_in_the_order_in_which_they_were_added_and_may_use_the_broker()
    {
        await using InProcess program = await InProcess.StartAsync(_folders["data"], services => services
            .AddSkyTreeHook<Copy>().AddSkyTreeHook<Append>().AddSkyTreeHook<Shout>().AddSkyTreeHook<Append>()); // twice is once
        using IMqttClient client = await program.ConnectAsync("c");
        using var seen = new Inbox(client);
        await SubscribeAsync(client, "#");
        for (int i = 0; i < 200; i++)
        {
            await PublishAsync(client, "t", $"{i}");
            Assert.Equal(("copies/t", $"{i}"), await seen.NextAsync(_ => true)); // what the first saw, and published itself
            Assert.Equal(("t", $"{i} AND MORE"), await seen.NextAsync(_ => true));
        }
    }

    [Theory]
    [InlineData("Refuse", MqttClientPublishReasonCode.ImplementationSpecificError)]
    [InlineData("Continue", MqttClientPublishReasonCode.NoMatchingSubscribers)]
    public async Task One_that_throws_or_hangs_is_waited_for_as_long_as_is_configured_and_counted(string onFailure, MqttClientPublishReasonCode answer)
    {
        await using InProcess program = await InProcess.StartAsync(
            _folders["data"], services => services.AddSkyTreeHook<Broken>(), "--SkyTree:Hooks:TimeoutMilliseconds=50", $"--SkyTree:Hooks:OnFailure={onFailure}");
        using IMqttClient client = await program.ConnectAsync("c");
        foreach (string topic in (string[])["throw", "hang", "nonsense"])
        {
            Assert.Equal(answer, (await PublishAsync(client, topic, "x")).ReasonCode);
        }

        using HttpClient http = new() { BaseAddress = program.HttpAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{ApiHost.Password}")));
        string metrics = await http.GetStringAsync("/metrics");
        string[] samples = [.. metrics.Split('\n').Where(line => line.StartsWith("skytree_hook_", StringComparison.Ordinal))];
        Assert.Contains(samples, sample => sample.StartsWith("skytree_hook_failures_total{", StringComparison.Ordinal) && sample.Contains("kind=\"publish\"", StringComparison.Ordinal) && sample.Contains("} 3", StringComparison.Ordinal));
        Assert.Contains(samples, sample => sample.StartsWith("skytree_hook_calls_total{", StringComparison.Ordinal) && sample.Contains("} 3", StringComparison.Ordinal));
        string documented = await File.ReadAllTextAsync(Path.Combine(Repository(), "docs/metrics.md"));
        Assert.All(samples.Select(sample => sample.Split('{', ' ')[0]).Distinct(), name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_answer_counts_once_the_application_says_so()
    {
        await using InProcess program = await InProcess.StartAsync(_folders["data"], services => services.AddSkyTreeHook<Switch>());
        Switch hook = program.Services.GetRequiredService<Switch>();
        using IMqttClient client = await program.ConnectAsync("c");
        using var seen = new Inbox(client);
        await SubscribeAsync(client, "t/+");
        Assert.Equal(MqttClientPublishReasonCode.Success, (await PublishAsync(client, "t/1", "1")).ReasonCode);
        Assert.Equal(("t/1", "1"), await seen.NextAsync(_ => true));
        await hook.TurnOffAsync();
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await PublishAsync(client, "t/1", "2")).ReasonCode);
        await program.Services.GetRequiredService<ISkyTreeClient>().PublishAsync("t/1", "3"); // delivered to nobody who may not read it
        Assert.Equal(1, program.Broker.Drops[Core.Diagnostics.DropReason.DeliveryNotAuthorized]);
    }

    [Fact]
    public async Task A_hook_that_needs_the_broker_itself_ends_the_start_with_advice()
    {
        InvalidOperationException mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => InProcess.StartAsync(_folders["data"], services => services.AddSkyTreeHook<Impatient>()));
        Assert.Contains("The hook Impatient needs the broker", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_hook_is_refused() =>
        Assert.Contains("IPublishHook", Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSkyTreeHook<string>()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("TimeoutMilliseconds", "0")]
    [InlineData("TimeoutMilliseconds", "60001")]
    [InlineData("OnFailure", "Panic")]
    [InlineData("Timeout", "5")]
    public async Task A_mistake_in_the_configuration_is_named(string key, string value)
    {
        StartUpException mistake = await Assert.ThrowsAsync<StartUpException>(() => InProcess.StartAsync(_folders["data"], $"--SkyTree:Hooks:{key}={value}"));
        Assert.Contains($"SkyTree:Hooks:{key}", mistake.Message, StringComparison.Ordinal);
    }

    private static async Task<MqttClientSubscribeResultCode> SubscribeAsync(IMqttClient client, string filter) =>
        (await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce)).Items.Single().ResultCode;

    private static Task<MqttClientPublishResult> PublishAsync(IMqttClient client, string topic, string text) =>
        client.PublishStringAsync(topic, text, MqttQualityOfServiceLevel.AtLeastOnce);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(s_deadline);
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    private static string Repository()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    /// <summary>What a client is sent.</summary>
    private sealed class Inbox : IDisposable
    {
        private readonly BlockingCollection<MqttApplicationMessage> _messages = [];

        public Inbox(IMqttClient client) => client.ApplicationMessageReceivedAsync += received =>
        {
            _messages.Add(received.ApplicationMessage);
            return Task.CompletedTask;
        };

        public MqttApplicationMessage? Last { get; private set; }

        public Task<(string Topic, string Text)> NextAsync(Func<string, bool> topic) => Task.Run(() =>
        {
            using CancellationTokenSource deadline = new(s_deadline);
            do
            {
                Last = _messages.Take(deadline.Token);
            }
            while (!topic(Last.Topic));

            return (Last.Topic, Last.ConvertPayloadToString());
        });

        public void Dispose() => _messages.Dispose();
    }

    private sealed class EvenOnly : IDeliverHook
    {
        public async ValueTask<DeliverAnswer> OnDeliverAsync(DeliverAttempt attempt, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return attempt.Message.Payload.Span[^1] % 2 == 0 ? DeliverAnswer.Continue : DeliverAnswer.Drop;
        }
    }

    private sealed class Copy(ISkyTreeClient broker) : IPublishHook
    {
        public async ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken)
        {
            await broker.PublishAsync(attempt.Message with { Topic = "copies/" + attempt.Message.Topic }, cancellationToken);
            return PublishAnswer.Continue;
        }
    }

    private sealed class Append : IPublishHook
    {
        public ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken) =>
            new(PublishAnswer.Replace(attempt.Message with { Payload = (byte[])[.. attempt.Message.Payload.Span, .. " and more"u8] }));
    }

    private sealed class Shout : IPublishHook
    {
        public ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken) =>
            new(PublishAnswer.Replace(attempt.Message with { Payload = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(attempt.Message.Payload.Span).ToUpperInvariant()) }));
    }

    private sealed class Broken : IPublishHook
    {
        public async ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken)
        {
            if (attempt.Message.Topic == "hang")
            {
                await Task.Delay(Timeout.Infinite, CancellationToken.None); // deaf, too
            }

            return attempt.Message.Topic == "throw"
                ? throw new InvalidOperationException("a fault")
                : PublishAnswer.Replace(attempt.Message with { QoS = QoS.ExactlyOnce, Topic = "+" });
        }
    }

    private sealed class Switch(AuthorizeMemory memory) : IAuthorizeHook
    {
        private volatile bool _isOff;

        public Task TurnOffAsync()
        {
            _isOff = true;
            return memory.ForgetAsync("c");
        }

        public async ValueTask<AuthorizeAnswer> OnAuthorizeAsync(AuthorizeAttempt attempt, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return _isOff ? AuthorizeAnswer.Deny : AuthorizeAnswer.Allow;
        }
    }

    private sealed class Impatient(Core.Broker broker) : IClientHook
    {
        public Core.Broker Broker => broker;
    }
}
