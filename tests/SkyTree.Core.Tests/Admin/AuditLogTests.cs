using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Audit;
using Xunit;

namespace SkyTree.Core.Tests.Admin;

public sealed class AuditLogTests
{
    [Fact]
    public async Task Entries_are_found_by_who_what_whom_and_when_latest_first_in_pages()
    {
        await using AdminHarness harness = await AdminHarness.StartAsync();
        for (int i = 0; i < 700; i++)
        {
            await harness.Admin.Audit.NoteAsync(new Caller($"c{i % 3}", AdminRole.Operator, "10.0.0.1"), i % 2 == 0 ? "sessions.kick" : "retained.clear", $"t{i % 5}", null, $$"""{"i":{{i}}}""");
            harness.Time.Advance(TimeSpan.FromSeconds(1));
        }

        List<string?> found = [];
        string? next = null;
        do
        {
            Page<AuditEntry> page = harness.Admin.AuditLog.List(AdminHarness.Root, new AuditQuery { Caller = "c1", Action = "sessions." }, next, limit: 50);
            found.AddRange(page.Items.Select(entry => entry.After));
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(Enumerable.Range(0, 700).Where(i => i % 3 == 1 && i % 2 == 0).Reverse().Select(i => $$"""{"i":{{i}}}"""), found);
        DateTimeOffset start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(10, harness.Audit(new AuditQuery { Since = start.AddSeconds(100), Until = start.AddSeconds(110) }).Count);
        Assert.Equal(100, harness.Audit(new AuditQuery { Target = "t4" }).Count);
        Assert.Throws<AdminException>(() => harness.Admin.AuditLog.List(AdminHarness.Root, new AuditQuery(), "what?"));
        Assert.Throws<AdminException>(() => harness.Admin.AuditLog.List(new Caller("o", AdminRole.Operator, null), new AuditQuery()));
    }

    [Fact]
    public async Task It_keeps_so_many_and_for_so_long()
    {
        await using AdminHarness harness = await AdminHarness.StartAsync(new AdminOptions { AuditEntries = 100, AuditDays = 2 });
        for (int i = 0; i < 150; i++)
        {
            await harness.Admin.Audit.NoteAsync(AdminHarness.Root, "things.change", $"{i}");
        }

        Assert.Equal(Enumerable.Range(50, 100).Reverse().Select(i => $"{i}"), harness.Audit().Select(entry => entry.Target));
        harness.Time.Advance(TimeSpan.FromDays(2) + TimeSpan.FromSeconds(1));
        await harness.Admin.Audit.NoteAsync(AdminHarness.Root, "things.change", "late", new string('x', 100_000));
        AuditEntry late = Assert.Single(harness.Audit());
        Assert.Equal(("late", 151L), (late.Target, late.Number));
        Assert.True(late.Before!.Length < 100);
    }

    [Fact]
    public async Task Passwords_never_get_there()
    {
        await using AdminHarness harness = await AdminHarness.StartAsync();
        await harness.AccountAsync("anna");
        await harness.Admin.Accounts.SetPasswordAsync(AdminHarness.Root, "anna", "a brand new password");
        string all = string.Join('\n', harness.Audit());
        Assert.Contains("admins.password", all, StringComparison.Ordinal);
        Assert.DoesNotContain("argon2", all, StringComparison.Ordinal);
        Assert.DoesNotContain("password\":", all, StringComparison.Ordinal);
    }
}
