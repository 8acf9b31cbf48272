using System.Diagnostics;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using SkyTree.Core.Registry;
using Xunit;

namespace SkyTree.Core.Tests.Admin;

public sealed class AdminAccountsTests : IAsyncLifetime
{
    private AdminHarness _harness = null!;

    private AdminAccounts Accounts => _harness.Admin.Accounts;

    private static Caller Root => AdminHarness.Root;

    public async ValueTask InitializeAsync() => _harness = await AdminHarness.StartAsync();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_first_start_makes_one_account_with_a_password_that_must_be_changed()
    {
        string?[] made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Accounts.EnsureFirstAsync(null).AsTask())));

        string password = Assert.Single(made, text => text is not null)!;
        Assert.True(password.Length >= 20);
        AdminSignIn signIn = await Accounts.SignInAsync("admin", password, "10.0.0.9");
        Assert.Equal(new Caller("admin", AdminRole.Administrator, "10.0.0.9"), signIn.Caller);
        Assert.True(signIn.MustChangePassword);
        Assert.Null(await Accounts.EnsureFirstAsync(null));
    }

    [Fact]
    public async Task A_given_first_password_is_taken_and_one_that_is_too_short_is_not()
    {
        await AdminHarness.FailsAsync(AdminError.Invalid, "bad_password", () => Accounts.EnsureFirstAsync("short").Ignore());
        Assert.Equal("long enough to be one", await Accounts.EnsureFirstAsync("long enough to be one"));
        Assert.False((await Accounts.SignInAsync("admin", "long enough to be one", null)).MustChangePassword);
    }

    [Fact]
    public async Task The_last_enabled_administrator_stays()
    {
        await _harness.AccountAsync("anna");
        await _harness.AccountAsync("bert", AdminRole.Operator);
        await _harness.AccountAsync("carl");
        await Accounts.ChangeAsync(Root, "carl", isDisabled: true);

        await _harness.FailsAndChangesNothingAsync(AdminError.Conflict, "last_administrator", () => Accounts.DeleteAsync(Root, "anna"));
        await _harness.FailsAndChangesNothingAsync(AdminError.Conflict, "last_administrator", () => Accounts.ChangeAsync(Root, "anna", AdminRole.Viewer).Ignore());
        await _harness.FailsAndChangesNothingAsync(AdminError.Conflict, "last_administrator", () => Accounts.ChangeAsync(Root, "anna", isDisabled: true).Ignore());

        await Accounts.ChangeAsync(Root, "carl", isDisabled: false);
        await Accounts.DeleteAsync(Root, "anna");
        await AdminHarness.FailsAsync(AdminError.NotFound, "admin_not_found", () => Accounts.DeleteAsync(Root, "anna"));
    }

    [Fact]
    public async Task Two_administrators_that_remove_each_other_at_once_leave_one()
    {
        for (int round = 0; round < 20; round++)
        {
            await AddAsync("anna");
            await AddAsync("bert");
            using var start = new Barrier(2);
            await Task.WhenAll(
                Task.Run(() => Remove(start, "anna")),
                Task.Run(() => Remove(start, "bert")));
            Assert.Single(Accounts.List(Root).Items);
        }

        async Task AddAsync(string name)
        {
            if (!_harness.Security.Registry[RegistryCollection.Admins].TryGet(name, out _))
            {
                await _harness.AccountAsync(name);
            }
        }

        async Task Remove(Barrier start, string name)
        {
            start.SignalAndWait();
            await Record.ExceptionAsync(() => Accounts.DeleteAsync(Root, name).AsTask());
        }
    }

    [Theory]
    [InlineData(AdminRole.None)]
    [InlineData(AdminRole.Viewer)]
    [InlineData(AdminRole.Operator)]
    public async Task Who_is_no_administrator_changes_nothing(AdminRole role)
    {
        await _harness.AccountAsync("anna");
        var caller = new Caller("somebody", role, null);
        foreach (Func<ValueTask> action in (Func<ValueTask>[])
            [
                () => Accounts.CreateAsync(caller, "bert", AdminRole.Viewer, AdminHarness.Password).Ignore(),
                () => Accounts.ChangeAsync(caller, "anna", AdminRole.Viewer).Ignore(),
                () => Accounts.SetPasswordAsync(caller, "anna", AdminHarness.Password),
                () => Accounts.DeleteAsync(caller, "anna"),
            ])
        {
            await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "denied", action);
        }

        Assert.Throws<AdminException>(() => Accounts.List(caller));
        Assert.Throws<AdminException>(() => Accounts.Get(caller, "anna"));
    }

    [Fact]
    public async Task Wrong_passwords_lock_a_name_longer_and_longer_also_for_the_right_one()
    {
        await _harness.AccountAsync("anna");
        for (int i = 0; i < 5; i++)
        {
            await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => Accounts.SignInAsync("anna", "wrong password", $"10.0.0.{i}").Ignore());
        }

        AdminException refused = await AdminHarness.FailsAsync(AdminError.LimitExceeded, "locked_out", () => Accounts.SignInAsync("anna", AdminHarness.Password, "10.0.1.1").Ignore());
        Assert.Equal("5", refused.Fields["retryAfterSeconds"]);
        Assert.Equal(1, Accounts.LockedOut);

        _harness.Time.Advance(TimeSpan.FromSeconds(5));
        await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => Accounts.SignInAsync("anna", "wrong password", "10.0.0.9").Ignore());
        refused = await AdminHarness.FailsAsync(AdminError.LimitExceeded, "locked_out", () => Accounts.SignInAsync("anna", AdminHarness.Password, "10.0.1.1").Ignore());
        Assert.Equal("10", refused.Fields["retryAfterSeconds"]);

        _harness.Time.Advance(TimeSpan.FromSeconds(10));
        await Accounts.SignInAsync("anna", AdminHarness.Password, "10.0.1.1");
        await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => Accounts.SignInAsync("anna", "wrong password", "10.0.0.9").Ignore());
        await Accounts.SignInAsync("anna", AdminHarness.Password, "10.0.1.1");
    }

    [Fact]
    public async Task An_address_that_tries_many_names_is_locked_out()
    {
        await using AdminHarness strict = await AdminHarness.StartAsync(new AdminOptions { LockoutFailures = 1 });
        for (int i = 0; i < 4; i++)
        {
            await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => strict.Admin.Accounts.SignInAsync($"name{i}", "wrong password", "2001:db8::" + i).Ignore());
        }

        await AdminHarness.FailsAsync(AdminError.LimitExceeded, "locked_out", () => strict.Admin.Accounts.SignInAsync("another", "wrong password", "2001:db8::99").Ignore());
        await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => strict.Admin.Accounts.SignInAsync("another", "wrong password", "2001:db8:0:1::1").Ignore());
    }

    [Fact]
    public async Task A_name_that_is_not_there_takes_as_long_as_a_wrong_password_and_says_the_same()
    {
        await using AdminHarness patient = await AdminHarness.StartAsync(new AdminOptions { LockoutFailures = 1000 });
        await patient.AccountAsync("anna");
        (AdminException wrong, TimeSpan usual) = await FastestAsync("anna");
        (AdminException unknown, TimeSpan time) = await FastestAsync("nobody");

        Assert.Equal((wrong.Code, wrong.Message), (unknown.Code, unknown.Message));
        Assert.InRange(time / usual, 0.4, 2.5);

        async Task<(AdminException, TimeSpan)> FastestAsync(string name)
        {
            AdminException? said = null;
            TimeSpan best = TimeSpan.MaxValue;
            for (int i = 0; i < 5; i++)
            {
                long begun = Stopwatch.GetTimestamp();
                said = await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => patient.Admin.Accounts.SignInAsync(name, "wrong password", "10.0.0.1").Ignore());
                best = TimeSpan.FromTicks(Math.Min(best.Ticks, Stopwatch.GetElapsedTime(begun).Ticks));
            }

            return (said!, best);
        }
    }

    [Fact]
    public async Task A_sign_in_ends_with_its_password_and_with_its_account()
    {
        await _harness.AccountAsync("anna");
        await _harness.AccountAsync("bert", AdminRole.Operator);
        AdminSignIn bert = await Accounts.SignInAsync("bert", AdminHarness.Password, null);
        Assert.Equal(AdminRole.Operator, Accounts.Resume("bert", bert.Stamp, "10.0.0.1")!.Caller.Role);

        await Accounts.ChangeAsync(Root, "bert", AdminRole.Viewer);
        Assert.Equal(AdminRole.Viewer, Accounts.Resume("bert", bert.Stamp, null)!.Caller.Role);

        AdminSignIn changed = await Accounts.ChangeOwnPasswordAsync(bert.Caller, AdminHarness.Password, "another long password");
        Assert.Null(Accounts.Resume("bert", bert.Stamp, null));
        Assert.NotNull(Accounts.Resume("bert", changed.Stamp, null));

        await Accounts.ChangeAsync(Root, "bert", isDisabled: true);
        Assert.Null(Accounts.Resume("bert", changed.Stamp, null));
        await AdminHarness.FailsAsync(AdminError.Denied, "bad_credentials", () => Accounts.SignInAsync("bert", "another long password", null).Ignore());
    }

    [Fact]
    public async Task A_change_of_what_was_changed_meanwhile_is_refused()
    {
        AdminAccount seen = await _harness.AccountAsync("anna", AdminRole.Viewer);
        await _harness.AccountAsync("root2");
        AdminAccount changed = await Accounts.ChangeAsync(Root, "anna", AdminRole.Operator, version: seen.Version);
        Assert.True(changed.Version > seen.Version);

        await _harness.FailsAndChangesNothingAsync(AdminError.VersionMismatch, "version_mismatch", () => Accounts.ChangeAsync(Root, "anna", AdminRole.Viewer, version: seen.Version).Ignore());
        await _harness.FailsAndChangesNothingAsync(AdminError.VersionMismatch, "version_mismatch", () => Accounts.DeleteAsync(Root, "anna", seen.Version));
        await _harness.FailsAndChangesNothingAsync(AdminError.Conflict, "admin_exists", () => _harness.AccountAsync("anna").Ignore());
    }

    [Fact]
    public async Task A_reset_lets_the_owner_of_the_server_in()
    {
        await _harness.AccountAsync("anna");
        await Accounts.ResetAsync("bert");
        await Accounts.ChangeAsync(Root, "anna", isDisabled: true);
        string password = await Accounts.ResetAsync("anna");
        AdminSignIn signIn = await Accounts.SignInAsync("anna", password, null);
        Assert.Equal((AdminRole.Administrator, true), (signIn.Caller.Role, signIn.MustChangePassword));
    }

    [Fact]
    public async Task The_last_login_is_known_to_the_hour()
    {
        await _harness.AccountAsync("anna");
        _harness.Time.Advance(TimeSpan.FromMinutes(90));
        await Accounts.SignInAsync("anna", AdminHarness.Password, null);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 1, 0, 0, TimeSpan.Zero), Accounts.Get(Root, "anna").LastLoginAt);
    }

    [Fact]
    public async Task Accounts_are_listed_in_pages()
    {
        foreach (string name in (string[])["carl", "anna", "dora", "bert"])
        {
            await _harness.AccountAsync(name);
        }

        Page<AdminAccount> first = Accounts.List(Root, limit: 3);
        Assert.Equal(["anna", "bert", "carl"], first.Items.Select(account => account.Name));
        Page<AdminAccount> second = Accounts.List(Root, first.Next, limit: 3);
        Assert.Equal(("dora", null), (Assert.Single(second.Items).Name, second.Next));
    }
}
