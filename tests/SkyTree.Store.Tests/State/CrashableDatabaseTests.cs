using System.Text;
using SkyTree.Broker.Tests.Model;
using SkyTree.Core.Replication;
using Xunit;

namespace SkyTree.Store.Tests.State;

/// <summary>The database of the model-based tests is one like others, so that what they find is the broker's.</summary>
public sealed class CrashableDatabaseTests : StateDatabaseContract
{
    private readonly Dictionary<string, CrashableDisk> _disks = [];

    [Fact]
    public void A_crash_takes_the_end_of_what_was_not_synced()
    {
        foreach ((int percent, int kept) in new[] { (0, 2), (50, 3), (100, 4) })
        {
            var disk = new CrashableDisk();
            StateDatabase before = new CrashableDatabase(disk);
            for (int i = 1; i <= 4; i++)
            {
                Write(before, b => b.Put(Encoding.UTF8.GetBytes($"{i}"), default), sync: i == 2);
            }

            disk.LosePower(percent);
            Write(before, b => b.Put("5"u8, default));

            Assert.Equal(Enumerable.Range(1, kept).Select(i => $"{i}="), ReadAll(new CrashableDatabase(disk)));
        }
    }

    private protected override void HandOver(StateDatabase from, StateDatabase to, string folder) =>
        ((CrashableDatabase)to).Disk.Fetch(((CrashableDatabase)from).Disk, folder);

    private protected override StateDatabase Create(string folder)
    {
        if (!_disks.TryGetValue(folder, out CrashableDisk? disk))
        {
            disk = _disks.Values.Select(d => d.Copy(folder)).FirstOrDefault(d => d.Writes > 0) ?? new CrashableDisk();
            _disks.Add(folder, disk);
        }

        return new CrashableDatabase(disk);
    }
}
