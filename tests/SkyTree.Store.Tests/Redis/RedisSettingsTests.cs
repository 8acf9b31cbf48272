using System.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Store.Redis;
using SkyTree.Store.Redis.Server;
using Xunit;

namespace SkyTree.Store.Tests.Redis;

/// <summary>What opening a store says about the server's settings, and about a server that is not there.</summary>
public sealed class RedisSettingsTests
{
    private readonly LogLines _log = new();

    [Fact]
    public async Task A_server_that_keeps_the_promise_causes_no_warning()
    {
        await OpenAsync();

        Assert.Empty(_log.Warnings);
        Assert.Contains("Messages are stored in Redis 7", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_log_loses_messages_when_it_restarts()
    {
        await OpenAsync("--appendonly", "no");
        Assert.Contains("appendonly no: stored messages are lost when it restarts", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("everysec", "the last second of stored messages may be lost when its machine stops")]
    [InlineData("no", "the last half minute, about, of stored messages may be lost when its machine stops")]
    public async Task A_server_that_flushes_later_may_lose_messages_when_its_machine_stops(string appendFsync, string expected)
    {
        await OpenAsync("--appendfsync", appendFsync);
        Assert.Contains($"appendfsync {appendFsync}: {expected}", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("allkeys-lru", true)]
    [InlineData("allkeys-random", true)]
    [InlineData("volatile-lru", false)] // takes keys with a time to live only
    [InlineData("noeviction", false)]
    public async Task A_server_that_evicts_throws_messages_away(string policy, bool warns)
    {
        await OpenAsync("--maxmemory-policy", policy);
        Assert.Equal(warns ? 1 : 0, _log.Warnings.Count(w => w.Contains($"maxmemory-policy {policy}", StringComparison.Ordinal)));
        Assert.Equal(warns ? 1 : 0, _log.Warnings.Count);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public async Task A_server_that_forbids_CONFIG_is_judged_by_what_INFO_says(string appendOnly)
    {
        await OpenAsync("--appendonly", appendOnly, "--rename-command", "CONFIG", "", "--maxmemory-policy", "allkeys-lfu");

        Assert.Equal(2, _log.Warnings.Count);
        Assert.Contains(_log.Warnings, w => w.Contains("maxmemory-policy allkeys-lfu", StringComparison.Ordinal));
        Assert.Contains(_log.Warnings, w => w.Contains(appendOnly == "yes" ? "not checked: appendfsync." : "appendonly no", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_used_with_a_warning()
    {
        await OpenAsync("--rename-command", "CONFIG", "", "--rename-command", "INFO", "");
        Assert.Contains("not checked: its version, appendonly, appendfsync, maxmemory-policy", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused()
    {
        RedisStoreException refused = Assert.Throws<RedisStoreException>(
            () => ServerCheck.Report(new ServerSettings(new Version(6, 0, 16), true, "always", "noeviction"), "here:6379", new RedisStoreLog(_log)));
        Assert.Equal("Redis at here:6379 is version 6.0.16; 6.2 or later is needed.", refused.Message);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_one_readable_line()
    {
        await using RedisServer server = new();
        RedisStoreOptions options = new() { ConnectionString = $"127.0.0.1:{server.Port},password=secret,user=me", ConnectTimeout = TimeSpan.FromSeconds(1) };
        await using RedisMessageStore store = new(options);
        long start = Stopwatch.GetTimestamp();

        RedisStoreException error = await Assert.ThrowsAsync<RedisStoreException>(async () => await store.OpenAsync());

        Assert.Equal($"Redis at 127.0.0.1:{server.Port} cannot be reached within 1 s: connection refused.", error.Message);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 15);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_one_readable_line()
    {
        using System.Net.Sockets.TcpListener silent = new(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await using RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = $"{silent.LocalEndpoint},password=secret", ConnectTimeout = TimeSpan.FromSeconds(1) });

        RedisStoreException error = await Assert.ThrowsAsync<RedisStoreException>(async () => await store.OpenAsync());

        Assert.StartsWith($"Redis at {silent.LocalEndpoint} cannot be reached within 1 s: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_tried_again()
    {
        await using RedisServer server = new() { Settings = ["--requirepass", "right"] };
        string address = await server.GetConnectionStringAsync();
        await using RedisMessageStore wrong = new(new RedisStoreOptions { ConnectionString = $"{address},password=wrong-secret", ConnectTimeout = TimeSpan.FromMinutes(1) });
        await using RedisMessageStore none = new(new RedisStoreOptions { ConnectionString = address, ConnectTimeout = TimeSpan.FromMinutes(1) });
        await using RedisMessageStore right = new(new RedisStoreOptions { ConnectionString = $"{address},password=right" });

        foreach (RedisMessageStore store in new[] { wrong, none })
        {
            RedisStoreException error = await Assert.ThrowsAsync<RedisStoreException>(async () => await store.OpenAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal($"Redis at {address} refuses the user or the password.", error.Message);
            Assert.DoesNotContain("wrong-secret", error.ToString(), StringComparison.Ordinal);
        }

        await right.OpenAsync();
    }

    [Fact]
    public async Task A_server_that_comes_up_while_the_store_is_opened_is_waited_for()
    {
        await using RedisServer server = new();
        await using RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = $"127.0.0.1:{server.Port}", ConnectTimeout = TimeSpan.FromMinutes(1) });
        Task opening = store.OpenAsync().AsTask();

        await server.GetConnectionStringAsync();
        await opening.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, await store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task Opening_can_be_given_up()
    {
        await using RedisServer server = new();
        await using RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = $"127.0.0.1:{server.Port}", ConnectTimeout = TimeSpan.FromMinutes(1) });
        using CancellationTokenSource source = new();
        Task opening = store.OpenAsync(source.Token).AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("", "skytree:", 5)]
    [InlineData("  ", "skytree:", 5)]
    [InlineData("password=secret", "skytree:", 5)]
    [InlineData("localhost,nonsense=secret", "skytree:", 5)]
    [InlineData("localhost,password=secret", "", 5)]
    [InlineData("localhost", "a{b}", 5)]
    [InlineData("localhost", "skytree:", 0)]
    [InlineData("localhost", "skytree:", 601)]
    public void Options_that_cannot_be_used_are_refused(string connectionString, string prefix, int timeoutSeconds)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => new RedisMessageStore(new RedisStoreOptions
        {
            ConnectionString = connectionString,
            KeyPrefix = prefix,
            ConnectTimeout = TimeSpan.FromSeconds(timeoutSeconds),
        }));
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_a_dying_connection_throws_is_told_from_a_call_that_was_given_up()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Exception[] connection =
        [
            new InvalidOperationException("Writing is not allowed after writer was completed."), new ObjectDisposedException("socket"),
            new System.Net.Sockets.SocketException(104), new IOException(), new TimeoutException(), new OperationCanceledException(), new ArgumentOutOfRangeException("start"),
        ];

        Assert.All(connection, e => Assert.True(RedisErrors.IsRedis(e, CancellationToken.None)));
        Assert.False(RedisErrors.IsRedis(new OperationCanceledException(), cancelled.Token));
    }

    private async Task OpenAsync(params string[] settings)
    {
        await using RedisServer server = new() { Settings = settings };
        await using RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = await server.GetConnectionStringAsync() }, _log);
        await store.OpenAsync();
        await store.AppendAsync([new StoredMessage { Offset = 1, Topic = "a", TimestampMs = 1 }]);
        Assert.Equal(1, await store.GetLastOffsetAsync());
    }
}
