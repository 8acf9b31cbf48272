using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Protocol;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Admin.Users;
using Xunit;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A backup that is staged while the broker runs, and put in place at its next start.</summary>
public sealed class StagedRestoreTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-restore-").FullName;
    private InProcess _program = null!;

    private RestoreUpload Restore => _program.Services.GetRequiredService<RestoreUpload>();

    private BrokerAdmin Admin => _program.Broker.Admin;

    public async ValueTask InitializeAsync() => _program = await InProcess.StartAsync(_folder);

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_takes_the_place_of_everything_at_the_next_start()
    {
        await Admin.Users.CreateAsync(Caller.Console, new UserImport("before"));
        await SubscribeAndLeaveAsync("reader");
        await PublishAsync("in the backup");
        byte[] backup = await BackUpAsync();
        await Admin.Users.CreateAsync(Caller.Console, new UserImport("after"));
        await PublishAsync("after the backup");

        RestoreNote note = await StageAsync(backup);
        Assert.Equal((1, 1, "console"), (note.Backup.Sessions, note.Backup.Messages, note.StagedBy));
        Assert.Equal(note, Restore.Get(Caller.Console));
        Assert.Equal(["after", "before"], Users()); // nothing has changed yet
        await RestartAsync();

        Assert.Equal(["before"], Users());
        Assert.Null(Restore.Get(Caller.Console));
        Assert.Contains(Admin.AuditLog.List(Caller.Console, new AuditQuery(), null, 100).Items, entry => entry.Action == "restore.apply");
        Assert.True(Directory.Exists(Path.Combine(_folder, "restore", "previous")));
        Assert.Equal(["in the backup"], await ReadAsync("reader"));
        await RestartAsync(); // once is enough
        Assert.Equal(["before"], Users());
    }

    [Fact]
    public async Task What_is_staged_can_be_cancelled()
    {
        await StageAsync(await BackUpAsync());
        await Admin.Users.CreateAsync(Caller.Console, new UserImport("after"));
        await Restore.CancelAsync(Caller.Console);
        Assert.Equal("restore_not_found", (await Assert.ThrowsAsync<AdminException>(() => Restore.CancelAsync(Caller.Console))).Code);
        await RestartAsync();
        Assert.Equal(["after"], Users());
        Assert.Equal(
            ["restore.cancel", "restore.stage"],
            Admin.AuditLog.List(Caller.Console, new AuditQuery(), null, 100).Items.Select(entry => entry.Action).Where(action => action.StartsWith("restore", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("empty")]
    [InlineData("changed")]
    [InlineData("cut")]
    public async Task A_file_that_is_damaged_is_refused_and_nothing_is_staged(string how)
    {
        byte[] backup = await BackUpAsync();
        switch (how)
        {
            case "none":
                backup = Encoding.UTF8.GetBytes("this is no backup, but a text that is long enough to be looked at");
                break;
            case "empty":
                backup = [];
                break;
            case "changed":
                backup[backup.Length / 2] ^= 1;
                break;
            default:
                backup = backup[..^1];
                break;
        }

        AdminException exception = await Assert.ThrowsAsync<AdminException>(() => StageAsync(backup));
        Assert.Equal((AdminError.Invalid, "bad_backup"), (exception.Error, exception.Code));
        Assert.DoesNotContain(_folder, exception.Message, StringComparison.Ordinal);
        Assert.Null(Restore.Get(Caller.Console));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "restore")));
        Assert.DoesNotContain(Admin.AuditLog.List(Caller.Console, new AuditQuery(), null, 100).Items, entry => entry.Action.StartsWith("restore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_who_may_stages()
    {
        byte[] backup = await BackUpAsync();
        Caller operators = new("operator", AdminRole.Operator, null);
        Assert.Equal("denied", (await Assert.ThrowsAsync<AdminException>(() => Restore.StageAsync(operators, new MemoryStream(backup), null, default))).Code);
        Assert.Equal("denied", (await Assert.ThrowsAsync<AdminException>(() => Restore.CancelAsync(operators))).Code);
        Assert.Throws<AdminException>(() => Restore.Get(operators));
        Assert.False(Directory.Exists(Path.Combine(_folder, "restore")));
    }

    /// <summary>The process is killed somewhere on the way; the next start goes on.</summary>
    [Theory]
    [InlineData("before")]
    [InlineData("moved away")]
    [InlineData("moved in")]
    [InlineData("with an older one")]
    public void A_start_goes_on_where_one_before_was_ended(string where)
    {
        string data = Directory.CreateTempSubdirectory("skytree-staged-").FullName;
        string state = Directory.CreateDirectory(Path.Combine(data, "state")).FullName;
        string previous = Path.Combine(data, "restore", "previous");
        File.WriteAllText(Path.Combine(state, "old"), "");
        StagedRestore staged = new(data);
        staged.Begin();
        string made = Directory.CreateDirectory(Path.Combine(staged.NewPath, "state")).FullName;
        File.WriteAllText(Path.Combine(made, "new"), "");
        staged.Commit(new RestoreNote(DateTimeOffset.UnixEpoch, "ann", new RestoreContent(DateTimeOffset.UnixEpoch, "1", "RocksDb", 1, 1, 1)));
        switch (where)
        {
            case "moved away":
                Directory.Move(state, previous);
                break;
            case "moved in":
                Directory.Move(state, previous);
                Directory.Move(made, state);
                break;
            case "with an older one":
                File.WriteAllText(Path.Combine(Directory.CreateDirectory(previous).FullName, "older"), "");
                break;
        }

        Assert.Equal("ann", new StagedRestore(data).Apply()?.StagedBy);
        Assert.Equal(["new"], Names(state));
        Assert.Equal(["old"], Names(previous));
        Assert.Null(new StagedRestore(data).Apply());
        Assert.Equal(["new"], Names(state));
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_broker_that_runs_keeps_its_folder()
    {
        await StageAsync(await BackUpAsync());
        StartUpException exception = Assert.Throws<StartUpException>(() => new StagedRestore(_folder).Apply());
        Assert.Contains(Path.Combine(_folder, "restore"), exception.Message, StringComparison.Ordinal);
        await Admin.Users.CreateAsync(Caller.Console, new UserImport("still there"));
        Assert.Equal(["still there"], Users());
    }

    private static IEnumerable<string?> Names(string folder) => Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName);

    private string[] Users() => [.. Admin.Users.List(Caller.Console).Items.Select(user => user.Name)];

    private async Task RestartAsync()
    {
        await _program.DisposeAsync();
        _program = await InProcess.StartAsync(_folder);
    }

    private async Task<byte[]> BackUpAsync()
    {
        using MemoryStream backup = new();
        await _program.Services.GetRequiredService<BackupDownload>().WriteAsync(backup, default);
        return backup.ToArray();
    }

    private Task<RestoreNote> StageAsync(byte[] backup) => Restore.StageAsync(Caller.Console, new MemoryStream(backup), backup.Length, default);

    private async Task SubscribeAndLeaveAsync(string clientId)
    {
        using IMqttClient client = await _program.ConnectAsync(clientId, expirySeconds: 1000);
        await client.SubscribeAsync("t", MqttQualityOfServiceLevel.AtLeastOnce);
        await client.DisconnectAsync();
    }

    private async Task PublishAsync(string payload)
    {
        using IMqttClient client = await _program.ConnectAsync("publisher");
        await client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic("t").WithPayload(payload).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build());
        await client.DisconnectAsync();
    }

    /// <summary>What waits for a client, up to a message that is published now.</summary>
    private async Task<List<string>> ReadAsync(string clientId)
    {
        List<string> received = [];
        TaskCompletionSource last = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await PublishAsync("last");
        IMqttClient client = await _program.ConnectAsync(clientId, message =>
        {
            string text = message.ApplicationMessage.ConvertPayloadToString();
            if (text == "last")
            {
                last.TrySetResult();
            }
            else
            {
                received.Add(text);
            }

            return Task.CompletedTask;
        });
        await last.Task.WaitAsync(TimeSpan.FromMinutes(1));
        client.Dispose();
        return received;
    }
}
