using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;
using SkyTree.Core.Tests.Security;
using Xunit;

namespace SkyTree.Core.Tests.Admin;

public sealed class DeviceUsersTests : IAsyncLifetime
{
    private AdminHarness _harness = null!;
    private PasswordAuthenticator _authenticator = null!;
    private ScramSha256Method _scram = null!;

    private DeviceUsers Users => _harness.Admin.Users;

    private static Caller Root => AdminHarness.Root;

    public async ValueTask InitializeAsync()
    {
        _harness = await AdminHarness.StartAsync();
        UserDirectory directory = new(TestUsers.Snapshot(("configured", TestUsers.Credential("secret"))), _harness.Security.Registry);
        _authenticator = new PasswordAuthenticator(directory, new PasswordOptions(), _harness.Time);
        _scram = new ScramSha256Method(directory);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_user_is_admitted_by_password_and_by_scram_until_it_is_disabled()
    {
        await Users.CreateAsync(Root, new UserImport("ada", "secret"));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync("ada", "secret"));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync("ada", "wrong"));
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync("bob", "secret"));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync("configured", "secret"));
        _scram.Find("ada", out bool known, out ClientGrant? grant);
        Assert.True(known && grant!.IsManagedUser);

        await Users.SetPasswordAsync(Root, "ada", "another");
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync("ada", "secret"));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync("ada", "another"));

        await Users.ChangeAsync(Root, "ada", isDisabled: true);
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync("ada", "another"));
        _scram.Find("ada", out known, out _);
        Assert.False(known);
        await Users.DeleteAsync(Root, "ada");
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync("ada", "another"));
    }

    [Theory]
    [InlineData("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U")]
    [InlineData("$pbkdf2-sha256$i=4096$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o", "password")]
    public async Task Hashes_of_other_brokers_are_taken_over(string hash, string password)
    {
        await Users.CreateAsync(Root, new UserImport("ada", PasswordHash: hash));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync("ada", password));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync("ada", password + "x"));
        Assert.False(Users.Get(Root, "ada").HasScram);
    }

    [Theory]
    [InlineData(AdminRole.None)]
    [InlineData(AdminRole.Viewer)]
    [InlineData(AdminRole.Operator)]
    public async Task Who_is_no_administrator_changes_nothing(AdminRole role)
    {
        await Users.CreateAsync(Root, new UserImport("ada", PasswordHash: TestUsers.Credential("secret").Format()));
        var caller = new Caller("somebody", role, null);
        foreach (Func<ValueTask> action in (Func<ValueTask>[])
            [
                () => Users.CreateAsync(caller, new UserImport("bob")).Ignore(),
                () => Users.ChangeAsync(caller, "ada", isDisabled: true).Ignore(),
                () => Users.SetPasswordAsync(caller, "ada", "other"),
                () => Users.DeleteAsync(caller, "ada"),
                () => Users.ImportAsync(caller, [new UserImport("bob")]).Ignore(),
                () => Users.ExportAsync(caller).Ignore(),
                () => _harness.Admin.Access.CreateAsync(caller, new SkyTree.Core.Security.Access.AccessRule()).Ignore(),
            ])
        {
            await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "denied", action);
        }

        if (role < AdminRole.Operator)
        {
            await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "denied", () => _harness.Admin.Bans.CreateAsync(caller, "x", null, null).Ignore());
        }
    }

    [Fact]
    public async Task Users_are_found_by_prefix_part_and_group_in_pages()
    {
        string hash = TestUsers.Credential("secret").Format();
        UserImportResult result = await Users.ImportAsync(Root, Enumerable.Range(0, 1000).Select(i => new UserImport($"{(i % 2 == 0 ? "meter" : "valve")}-{i:D4}", PasswordHash: hash, Groups: i % 10 == 0 ? ["ten"] : [])));
        Assert.Equal((1000, 0), (result.Imported, result.Mistakes.Count));

        List<string> found = [];
        string? next = null;
        do
        {
            Page<DeviceUser> page = Users.List(Root, prefix: "meter-", contains: "R-0", group: "ten", after: next, limit: 7);
            found.AddRange(page.Items.Select(user => user.Name));
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"meter-{i * 10:D4}"), found);
        Assert.Equal("valve-0001", Users.List(Root, prefix: "v", limit: 1).Items[0].Name);
        Assert.Equal(1000, Users.Count(Root));
    }

    [Fact]
    public async Task An_import_reports_its_mistakes_and_takes_the_rest()
    {
        string hash = TestUsers.Credential("secret").Format();
        UserImportResult result = await Users.ImportAsync(Root, [new("good", PasswordHash: hash), new(""), new("bad", PasswordHash: "plain"), new("two", "a", hash), new("groups", Groups: ["a;b"]), new("also good")]);
        Assert.Equal(2, result.Imported);
        Assert.Equal([2, 3, 4, 5], result.Mistakes.Select(mistake => mistake.Place));
    }

    [Fact]
    public async Task Hostile_names_come_back_from_csv_and_no_spreadsheet_runs_them()
    {
        string[] names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "a,b", "a\"b", "'quoted", "'=x", "plain", "ünï©ode", "semi;colon", " lead"];
        string hash = TestUsers.Credential("secret").Format();
        UserImport[] users = [.. names.Select(name => new UserImport(name, null, hash, ["g1", "=g2"], true))];
        var text = new StringWriter();
        UserCsv.Write(users, text);

        Assert.All(text.ToString().Split("\r\n").Skip(1), line => Assert.False(line.Length > 0 && line.TrimStart('"')[0] is '=' or '+' or '-' or '@', line));
        Assert.Equal(
            users.Select(user => $"{user.Name}|{user.PasswordHash}|{string.Join(';', user.Groups!)}|{user.IsDisabled}"),
            UserCsv.Read(new StringReader(text.ToString())).Select(user => $"{user.Name}|{user.PasswordHash}|{string.Join(';', user.Groups!)}|{user.IsDisabled}"));
        UserImportResult imported = await Users.ImportAsync(Root, UserCsv.Read(new StringReader(text.ToString())));
        Assert.Equal(names.Length, imported.Imported + imported.Mistakes.Count);
        Assert.Equal(imported.Imported, (await Users.ExportAsync(Root)).Count());
    }

    [Theory]
    [InlineData("name\n\"open")]
    [InlineData("name,groups\na")]
    [InlineData("name\na\"b")]
    [InlineData("name\n\"a\"b")]
    [InlineData("nombre\na")]
    public void What_is_no_such_csv_is_told(string csv) =>
        Assert.Equal("bad_csv", Assert.Throws<AdminException>(() => UserCsv.Read(new StringReader(csv)).ToList()).Code);

    private async Task<AuthenticationVerdict> TryAsync(string name, string password) => await _authenticator.AuthenticateAsync(
        new AuthenticationRequest
        {
            ClientId = "c",
            UserName = name,
            Password = System.Text.Encoding.UTF8.GetBytes(password),
            Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
        },
        default);
}
