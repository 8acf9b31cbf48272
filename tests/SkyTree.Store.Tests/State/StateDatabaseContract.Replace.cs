using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using Xunit;

namespace SkyTree.Store.Tests.State;

/// <content>A checkpoint takes the place of everything.</content>
public abstract partial class StateDatabaseContract
{
    [Fact]
    public async Task A_checkpoint_of_another_database_replaces_everything()
    {
        if (!Database.IsDurable)
        {
            return;
        }

        (string folder, string expected) = await CheckpointOfAnotherAsync();
        Write(b =>
        {
            b.Put("k"u8, "old"u8);
            b.Put("old"u8, "1"u8);
            b.Append(Message(1, "old"));
            b.Append(Message(2, "a"));
        });
        MessageStore messages = Database.Messages;
        MessageQueue queue = messages.GetQueue("a");

        Database.Replace(folder);

        Assert.Equal(expected, await DescribeAsync(Database));
        Assert.Same(messages, Database.Messages);
        Assert.Equal([5, 9], (await queue.ReadByOffsetAsync(0, 10)).Select(m => m.Offset));
        Assert.False(Directory.Exists(folder));

        Write(b =>
        {
            b.Put("k"u8, "newer"u8);
            b.Append(Message(10, "a"));
        });
        await queue.DeleteByOffsetAsync(5);
        Assert.Equal([6, 9, 10], await ReadLogAsync(Database));
        string after = await DescribeAsync(Database);
        Assert.Equal(after, await DescribeAsync(await ReopenAsync(Database, "main")));
    }

    [Fact]
    public async Task It_may_be_replaced_again_and_again()
    {
        if (!Database.IsDurable)
        {
            return;
        }

        StateDatabase other = Open("other");
        for (int i = 1; i <= 4; i++)
        {
            Write(other, b => b.Append(Message(i, $"t/{i % 2}")));
            string folder = Path.Combine(Place, $"checkpoint{i}");
            other.CreateCheckpoint(folder);
            HandOver(other, Database, folder);

            Database.Replace(folder);

            Assert.Equal(await DescribeAsync(other), await DescribeAsync(Database));
            Write(b => b.Append(Message(i + 100, "mine")));
        }
    }

    [Fact]
    public async Task Without_a_checkpoint_nothing_is_replaced()
    {
        if (!Database.IsDurable)
        {
            return;
        }

        Write(b =>
        {
            b.Put("k"u8, "1"u8);
            b.Append(Message(1, "a"));
        });
        string before = await DescribeAsync(Database);

        Assert.Throws<StateDatabaseException>(() => Database.Replace(Path.Combine(Place, "missing")));

        Assert.Equal(before, await DescribeAsync(Database));
        Write(b => b.Append(Message(2, "a")));
        Assert.Equal([1, 2], await ReadLogAsync(Database));
    }

    /// <summary>Brings a checkpoint from one database to where another finds it. Folders are there for both.</summary>
    private protected virtual void HandOver(StateDatabase from, StateDatabase to, string folder)
    {
    }

    private async Task<(string Folder, string Content)> CheckpointOfAnotherAsync()
    {
        StateDatabase other = Open("other");
        Write(other, b =>
        {
            b.Put("k"u8, "new"u8);
            b.Put("new"u8, "1"u8);
            b.Append(Message(5, "a"));
            b.Append(Message(6, "b"));
            b.Append(Message(9, "a"));
        });
        string folder = Path.Combine(Place, "fetched", "1");
        other.CreateCheckpoint(folder);
        HandOver(other, Database, folder);
        return (folder, await DescribeAsync(other));
    }
}
